//! Files that are none: FIFOs and devices in the places of configuration.

use std::process::Command;
use std::time::{Duration, Instant};

use super::{ended, scan, unpacked};
use crate::support::{folder, lines, text, verdicts};

/// What stands where a file is expected, and a rule that reads it; whether its program skips what is
/// no regular file (sudo and apt do), so that the rule may say what it said before.
const ODD: [(&str, &[&str], &str, bool); 7] = [
    ("etc/ssh/sshd_config.d/20-pipe.conf", &["p"], "LINUX-SSH-001", false),
    ("etc/sysctl.d/70-zero.conf", &["c", "1", "5"], "LINUX-SYSCTL-008", false),
    ("etc/security/faillock.conf", &["p"], "LINUX-PAM-006", false),
    ("etc/audit/rules.d/50-pipe.rules", &["p"], "LINUX-AUD-004", false),
    ("etc/shadow", &["p"], "LINUX-ACCT-002", false),
    ("etc/sudoers.d/pipe", &["p"], "LINUX-SUDO-001", true),
    ("etc/apt/apt.conf.d/60pipe", &["p"], "LINUX-UPD-001", true),
];

#[test]
fn pipes_and_devices_are_named_and_never_opened() {
    let dir = folder("host-odd");
    let test = "hosts::odd::pipes_and_devices_are_named_and_never_opened";
    let Some(tree) = unpacked(test, &dir, "web-2") else { return };
    ended(scan(&dir, "plain").arg("--root").arg(&tree));
    for (path, kind, ..) in ODD {
        let path = tree.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("folder");
        let _ = std::fs::remove_file(&path);
        let made = Command::new("mknod").arg(&path).args(kind).status();
        assert!(made.expect("mknod starts").success(), "{}", path.display());
    }
    let start = Instant::now();
    ended(scan(&dir, "odd").arg("--root").arg(&tree));
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let (plain, odd) = (verdicts(&dir.join("plain")), verdicts(&dir.join("odd")));
    let findings = lines(&dir.join("odd/findings.ndjson"));
    let manifest = std::fs::read_to_string(dir.join("odd/snapshot/manifest.json")).expect("read");
    for (path, _, rule, skipped) in ODD {
        let mine = |v: &crate::support::Verdicts, status: &str| {
            v.iter().filter(|(k, s)| k.0 == rule && *s == status).count()
        };
        assert!(mine(&plain, "pass") > 0, "{rule} does not pass without {path}");
        if skipped {
            assert_eq!(mine(&odd, "pass"), mine(&plain, "pass"), "{rule} and {path}");
            continue;
        }
        assert_eq!(mine(&odd, "pass"), 0, "{rule} passes over {path}");
        let named = findings.iter().any(|f| {
            text(f, "rule") == rule
                && text(f, "status") == "not_assessed"
                && f["cause"].to_string().contains(path)
        });
        // A document that cannot be made at all is a gap of its listing.
        let named = named || manifest.contains(&format!("/{path}: it is a "));
        assert!(named, "{rule} does not name {path}");
    }
    // Nothing else gets better.
    for (key, status) in odd.iter().filter(|(_, s)| *s == "pass") {
        assert_eq!(plain.get(key), Some(status), "{key:?} passes now");
    }
}
