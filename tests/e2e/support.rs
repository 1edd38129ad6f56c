//! Running the program, and reading what it wrote.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests lie in the root").to_owned()
}

/// The built program.
pub(crate) fn program() -> PathBuf {
    if let Some(path) = std::env::var_os("ASSAY_BIN") {
        return path.into();
    }
    let here = std::env::current_exe().expect("own path");
    let found = here.ancestors().skip(1).map(|d| d.join("assay")).find(|p| p.is_file());
    found.expect("no built assay beside the tests: run `cargo build --release` first")
}

/// A fresh folder for one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("e2e").join(name);
    if dir.exists() {
        fs::remove_dir_all(&dir).expect("old test folder");
    }
    fs::create_dir_all(&dir).expect("test folder");
    dir
}

/// Says that a test was skipped, past the test harness's capture.
pub(crate) fn skip(test: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIP {test}: {why}");
    if let Some(file) = std::env::var_os("ASSAY_TEST_SKIPS")
        && let Ok(mut file) = fs::OpenOptions::new().create(true).append(true).open(file)
    {
        // In one go: tests write side by side.
        let _ = file.write_all(format!("{test}: {why}\n").as_bytes());
    }
}

/// The program with an empty environment, in a folder of its own.
pub(crate) fn assay(dir: &Path) -> Command {
    let mut c = Command::new(program());
    c.env_clear().env("HOME", dir).env("AWS_EC2_METADATA_DISABLED", "true").current_dir(dir);
    for name in ["PATH", "LLVM_PROFILE_FILE"] {
        if let Some(value) = std::env::var_os(name) {
            c.env(name, value);
        }
    }
    c.stdin(Stdio::null());
    c
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// Exit code; -1 for a signal.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs to the end.
pub(crate) fn run(c: &mut Command) -> Ran {
    ran(&c.output().expect("the program starts"))
}

/// What an output says.
pub(crate) fn ran(out: &Output) -> Ran {
    Ran {
        code: out.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
    }
}

impl Ran {
    /// Asserts the exit code, showing everything if it is another.
    #[track_caller]
    pub(crate) fn expect(self, codes: &[i32]) -> Self {
        assert!(
            codes.contains(&self.code),
            "exit code {} is none of {codes:?}\n--- stdout\n{}\n--- stderr\n{}",
            self.code,
            self.stdout,
            self.stderr
        );
        self
    }

    /// Asserts that the output names something, and that nothing panicked.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        let said = format!("{}{}", self.stderr, self.stdout);
        for word in words {
            assert!(said.contains(word), "{word:?} is not in\n{said}");
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

/// A JSON file.
pub(crate) fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The lines of an NDJSON file.
pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.lines().map(|l| serde_json::from_str(l).expect("one JSON object a line")).collect()
}

/// A member of an object as text; empty where it is not one.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// (rule, resource, key) → status, from a `findings.ndjson` with all verdicts.
pub(crate) type Verdicts = BTreeMap<(String, String, String), String>;

/// Reads the verdicts of an output folder.
pub(crate) fn verdicts(out: &Path) -> Verdicts {
    lines(&out.join("findings.ndjson"))
        .iter()
        .map(|v| {
            let key = ["rule", "resource", "key"].map(|n| text(v, n).to_owned());
            (key.into(), text(v, "status").to_owned())
        })
        .collect()
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for entry in fs::read_dir(from).expect("folder to copy") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).expect("file copied");
        }
    }
}

/// Every file below a folder, by its path inside.
pub(crate) fn tree(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(dir: &Path, base: &Path, out: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in fs::read_dir(dir).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                walk(&path, base, out);
            } else {
                let inside = path.strip_prefix(base).expect("below").to_owned();
                out.insert(inside, fs::read(&path).expect("file"));
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(dir, dir, &mut out);
    out
}

/// The bundled snapshot.
pub(crate) fn bundled() -> PathBuf {
    root().join("fixtures/demo/snapshot")
}
