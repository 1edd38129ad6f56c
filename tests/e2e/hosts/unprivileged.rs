//! Without root, what may not be read is not assessed and named, never green.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{ended, listings, unpacked};
use crate::support::{Verdicts, folder, lines, program, run, skip, text, verdicts};

const NOBODY: u32 = 65534;
/// Scans of a root that changes meanwhile.
const ROUNDS: usize = 4;

/// Ends the thread that changes the root, also where an assertion fails: it would be waited for.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A folder that everyone may enter, whatever lies above the target folder.
fn open_folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("assay-e2e-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("out")).expect("folder");
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).expect("mode");
    std::os::unix::fs::chown(dir.join("out"), Some(NOBODY), Some(NOBODY)).expect("owner");
    fs::copy(program(), dir.join("assay")).expect("copied");
    dir
}

/// A scan as root, or as nobody.
fn scan(dir: &Path, tree: &Path, user: u32, out: &str) -> Command {
    let mut c = Command::new(dir.join("assay"));
    c.env_clear().current_dir(dir.join("out")).uid(user).gid(user);
    c.args(["scan", "host", "--quiet", "--fail-on", "none", "--verdicts", "all", "--out", out]);
    c.arg("--root").arg(tree);
    c
}

/// Asserts that whoever saw less says nothing better.
fn no_better(all: &Verdicts, less: &Verdicts) -> usize {
    let mut lost = 0;
    for (key, status) in less {
        match status.as_str() {
            "not_assessed" => lost += 1,
            // A failure whose key is another one where less is seen is a failure still.
            "fail" => {}
            // People whose files may not be read are told apart from the others: then somebody
            // else had this verdict before.
            status => {
                let same =
                    |(k, s): (&(String, String, String), &String)| k.0 == key.0 && s == status;
                let before = all.get(key).map(String::as_str);
                // A rule that found nobody to judge was not applicable as a whole.
                let nobody = || status == "not_applicable" && all.keys().all(|k| k.0 != key.0);
                let fine = before.map_or_else(|| all.iter().any(same) || nobody(), |b| b == status);
                assert!(fine, "{key:?} was {before:?} and is {status} without rights");
            }
        }
    }
    lost
}

#[test]
fn nobody_sees_less_and_says_so() {
    let dir = folder("host-nobody");
    let test = "hosts::unprivileged::nobody_sees_less_and_says_so";
    let Some(tree) = unpacked(test, &dir, "web-2") else { return };
    let open = open_folder("nobody");
    let moved = open.join("web-2");
    crate::debian::cp(&tree, &moved);
    if run(Command::new(open.join("assay")).arg("--version").uid(NOBODY).gid(NOBODY)).code != 0 {
        return skip(test, "nobody may not run programs in the temporary folder");
    }
    ended(&mut scan(&open, &moved, 0, "root"));
    ended(&mut scan(&open, &moved, NOBODY, "nobody"));
    let (root, nobody) = (open.join("out/root"), open.join("out/nobody"));
    let (all, less) = (verdicts(&root), verdicts(&nobody));
    let lost = no_better(&all, &less);
    assert!(lost > 20, "{lost} verdicts are not assessed");
    let findings = lines(&nobody.join("findings.ndjson"));
    for file in ["/etc/shadow", "/etc/sudoers", "/boot/grub/grub.cfg", "/etc/cron.d"] {
        let named = findings.iter().any(|f| {
            text(f, "status") == "not_assessed"
                && f["cause"].to_string().contains(file)
                && f["cause"].to_string().contains("denied")
        });
        assert!(named, "{file} is not named");
    }
    // What nobody may read does not show in any number either.
    let score = |out: &Path| {
        let a = crate::support::json(&out.join("assessment.json"));
        a.pointer("/summary/coverage").and_then(serde_json::Value::as_f64).expect("coverage")
    };
    assert!(score(&nobody) < score(&root));
    fs::remove_dir_all(&open).expect("removed");
}

#[test]
fn a_directory_that_closes_in_the_middle_is_never_green() {
    let dir = folder("host-closing");
    let test = "hosts::unprivileged::a_directory_that_closes_in_the_middle_is_never_green";
    let Some(tree) = unpacked(test, &dir, "web-2") else { return };
    let open = open_folder("closing");
    let moved = open.join("web-2");
    crate::debian::cp(&tree, &moved);
    if run(Command::new(open.join("assay")).arg("--version").uid(NOBODY).gid(NOBODY)).code != 0 {
        return skip(test, "nobody may not run programs in the temporary folder");
    }
    // Everything may be read by everybody first, so that only the closing takes something away.
    let done = Command::new("chmod").args(["-R", "a+rX"]).arg(&moved).status();
    assert!(done.expect("chmod starts").success());
    ended(&mut scan(&open, &moved, NOBODY, "still"));
    let all = verdicts(&open.join("out/still"));
    let stop = AtomicBool::new(false);
    let mut closed = 0;
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let dirs = ["etc/ssh/sshd_config.d", "usr/lib/systemd", "etc/pam.d", "usr/bin", "srv"];
            while !stop.load(Ordering::Relaxed) {
                for bits in [0o000, 0o755] {
                    for name in dirs {
                        let mode = fs::Permissions::from_mode(bits);
                        fs::set_permissions(moved.join(name), mode).expect("mode");
                    }
                    std::thread::sleep(std::time::Duration::from_millis(3));
                }
            }
        });
        let _stop = Stop(&stop);
        for _ in 0..ROUNDS {
            let ran = run(&mut scan(&open, &moved, NOBODY, "moving"));
            assert!([0, 3].contains(&ran.code), "{ran:?}");
            assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
            closed += no_better(&all, &verdicts(&open.join("out/moving")));
            let states = listings(&open.join("out/moving"), "web-2");
            assert!(states.len() > 20, "{states:?}");
        }
    });
    let still = all.values().filter(|s| *s == "not_assessed").count() * ROUNDS;
    assert!(closed > still, "nothing was closed while it was read");
    fs::remove_dir_all(&open).expect("removed");
}
