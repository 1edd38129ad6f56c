//! What the tests against real programs share.

#![allow(dead_code, unreachable_pub, reason = "each test uses what it needs")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use assay_core::{Gap, Resource, Timestamp};
use assay_host::{Host, Memory, Output, Root, Standing};

/// A small generator with a fixed seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(crate) fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }
}

#[derive(Default)]
struct Docs(Vec<Resource>);

impl Output for Docs {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }

    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>) {
        assert_eq!(result, Ok(()), "{kind}");
    }
}

/// The documents of a subject over a root.
pub(crate) fn collect(subject: &str, root: &Memory) -> Vec<Resource> {
    collect_at(subject, root, "1970-01-01T00:00:00Z")
}

/// The same at some time.
pub(crate) fn collect_at(subject: &str, root: &dyn Root, now: &str) -> Vec<Resource> {
    let host = Host::new(root, "h", now.parse::<Timestamp>().unwrap());
    let mut docs = Docs::default();
    let subject = assay_host::all().iter().find(|s| s.name == subject).unwrap();
    (subject.collect)(&host, &mut docs);
    docs.0
}

/// Names what a test had to leave out: `cargo xtask test` runs its file again where more programs
/// are.
pub(crate) fn skip(test: &str, why: &str) {
    eprintln!("SKIPPED: {test}: {why}");
    if let Some(path) = std::env::var_os("ASSAY_TEST_SKIPS") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        // In one go: tests write side by side.
        let line = format!("{}/{test}: {why}\n", env!("CARGO_CRATE_NAME"));
        file.write_all(line.as_bytes()).unwrap();
    }
}

/// Whether a program can be run.
pub(crate) fn there(program: &str) -> bool {
    Path::new(program).is_absolute() && Path::new(program).exists()
        || Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success())
}

/// A directory that goes when the test ends.
pub(crate) struct Scratch(pub(crate) PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("assay-host-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn put(&self, path: &str, text: &str) {
        let to = self.0.join(path.trim_start_matches('/'));
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::write(to, text).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A root that systemd starts.
pub(crate) fn systemd() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m
}
