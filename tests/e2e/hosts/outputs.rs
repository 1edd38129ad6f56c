//! Where findings lie: a file that is there, and the line that decides.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{ended, scan, unpacked};
use crate::support::{assay, folder, json, lines, run, text};

/// What stands on the line that decides, on the neglected host.
const MEANING: [(&str, &str, &str); 14] = [
    ("LINUX-SSH-001", "etc/ssh/sshd_config", "PermitRootLogin yes"),
    ("LINUX-SSH-002", "etc/ssh/sshd_config", "PermitEmptyPasswords yes"),
    ("LINUX-SSH-008", "etc/ssh/sshd_config", "Ciphers aes128-ctr,aes256-cbc,3des-cbc"),
    ("LINUX-SSH-009", "etc/ssh/sshd_config", "MACs hmac-sha1,hmac-md5"),
    ("LINUX-SUDO-002", "etc/sudoers", "Defaults !authenticate"),
    ("LINUX-SUDO-008", "etc/sudoers", "labels ALL=(root) NOPASSWD:"),
    ("LINUX-ACCT-001", "etc/passwd", "admin:x:0:0:"),
    ("LINUX-ACCT-002", "etc/shadow", "labels::"),
    ("LINUX-PAM-002", "etc/pam.d/common-auth", "pam_unix.so nullok"),
    ("LINUX-KERNEL-001", "boot/grub/grub.cfg", "mitigations=off"),
    ("LINUX-SVC-001", "etc/systemd/system/telnet.socket", "ListenStream=23"),
    ("LINUX-SVC-008", "usr/lib/systemd/system/docker.service", "tcp://0.0.0.0:2375"),
    ("LINUX-UPD-003", "etc/apt/sources.list", "[trusted=yes]"),
    ("LINUX-LOG-001", "etc/systemd/journald.conf", "Storage=volatile"),
];

/// `%0A` and the like.
fn decoded(uri: &str) -> PathBuf {
    let (mut out, mut bytes) = (Vec::new(), uri.bytes());
    while let Some(b) = bytes.next() {
        let hex: Option<String> =
            (b == b'%').then(|| bytes.by_ref().take(2).map(char::from).collect());
        out.push(hex.map_or(b, |h| u8::from_str_radix(&h, 16).expect("two hex digits")));
    }
    use std::os::unix::ffi::OsStringExt as _;
    PathBuf::from(std::ffi::OsString::from_vec(out))
}

/// (rule, path below the root, line) of each location of a SARIF file below `host/<name>/`.
pub(super) fn locations(sarif: &Path, host: &str) -> Vec<(String, PathBuf, Option<u64>)> {
    let sarif = json(sarif);
    let mut out = Vec::new();
    for run in sarif["runs"].as_array().expect("runs") {
        for result in run["results"].as_array().expect("results") {
            for l in result["locations"].as_array().into_iter().flatten() {
                let Some(place) = l.get("physicalLocation") else { continue };
                let uri = text(&place["artifactLocation"], "uri");
                assert!(uri.is_ascii() && !uri.contains(char::is_whitespace), "{uri}");
                let Some(path) = uri.strip_prefix(&format!("host/{host}/")) else { continue };
                let line = place.pointer("/region/startLine").and_then(Value::as_u64);
                out.push((text(result, "ruleId").to_owned(), decoded(path), line));
            }
        }
    }
    out
}

#[test]
fn every_location_is_a_line_that_is_there() {
    let dir = folder("host-places");
    let test = "hosts::outputs::every_location_is_a_line_that_is_there";
    let Some(tree) = unpacked(test, &dir, "stockroom") else { return };
    ended(scan(&dir, "out").arg("--root").arg(&tree));
    let found = locations(&dir.join("out/results.sarif"), "stockroom");
    assert!(found.len() > 60, "{}", found.len());
    let mut decided = 0;
    // What no file decides lies at the document.
    let subjects: Vec<PathBuf> = lines(&dir.join("out/findings.ndjson"))
        .iter()
        .filter(|f| f.get("place").is_none_or(Value::is_null))
        .map(|f| PathBuf::from(text(f, "resource").trim_start_matches("host:stockroom/")))
        .collect();
    for (rule, path, line) in &found {
        let there = tree.join(path);
        if line.is_none_or(|l| l == 1) && subjects.contains(path) {
            continue;
        }
        assert!(fs::symlink_metadata(&there).is_ok(), "{rule}: {} is not there", path.display());
        let Some(line) = line.filter(|l| *l > 1) else { continue };
        let all = fs::read_to_string(&there).unwrap_or_else(|e| panic!("{}: {e}", there.display()));
        assert!(line <= all.lines().count() as u64, "{rule}: {}:{line}", path.display());
        decided += 1;
    }
    assert!(decided > 30, "{decided}");
    for (rule, file, wanted) in MEANING {
        let mine: Vec<_> = found.iter().filter(|f| f.0 == rule).collect();
        let hit = mine.iter().any(|(_, path, line)| {
            let all = fs::read_to_string(tree.join(path)).unwrap_or_default();
            let at = line.and_then(|l| usize::try_from(l).ok()).unwrap_or(0);
            path == Path::new(file) && all.lines().nth(at - 1).is_some_and(|l| l.contains(wanted))
        });
        assert!(hit, "{rule}: no location at {wanted:?} in {file}, but {mine:?}");
    }
    // findings.ndjson says the same places.
    let places: Vec<(String, PathBuf, Option<u64>)> = lines(&dir.join("out/findings.ndjson"))
        .iter()
        .filter(|f| text(f, "status") == "fail")
        .filter_map(|f| {
            let file = f.pointer("/place/file")?.as_str()?.trim_start_matches('/');
            let line = f.pointer("/place/line").and_then(Value::as_u64);
            Some((text(f, "rule").to_owned(), PathBuf::from(file), line))
        })
        .collect();
    for place in &places {
        let same = |f: &&(String, PathBuf, Option<u64>)| {
            f.0 == place.0 && f.1 == place.1 && f.2.or(Some(1)) == place.2.or(Some(1))
        };
        assert!(found.iter().any(|f| same(&f)), "{place:?} is not in results.sarif");
    }
}

#[test]
fn hostile_names_do_no_harm_in_any_output() {
    let dir = folder("host-names");
    let test = "hosts::outputs::hostile_names_do_no_harm_in_any_output";
    let Some(tree) = unpacked(test, &dir, "stockroom") else { return };
    use std::os::unix::fs::PermissionsExt as _;
    let write = |path: &str, body: &str, mode: u32| {
        let path = tree.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folder");
        fs::write(&path, body).expect("write");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
    };
    // No script: there SUID does nothing.
    write("usr/local/bin/new\nline \u{1b}[31mred", "a program\n", 0o4755);
    write("srv/<script>alert(1)</script>\"'", "x\n", 0o666);
    write("srv/rtl\u{202e}fdp.exe", "x\n", 0o666);
    write("srv/=cmd|' /C calc'!A0", "x\n", 0o666);
    write("etc/cron.d/tab\there", "* * * * * root /srv/\u{1b}]0;owned\u{7}\n", 0o666);
    let raw = tree.join("etc/passwd");
    let mut passwd = fs::read_to_string(&raw).expect("passwd");
    passwd.push_str("ev\u{1b}[2Jil:x:0:0:<b>:/root:/bin/bash\n");
    fs::write(&raw, passwd).expect("write");
    {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"srv/not-utf8-\xff\xfe");
        fs::write(tree.join(name), "x\n").expect("write");
        fs::set_permissions(tree.join(name), fs::Permissions::from_mode(0o666)).expect("mode");
    }
    let mut c = assay(&dir);
    c.args(["scan", "host", "--fail-on", "none", "--verdicts", "all", "--out", "out", "--root"]);
    let ran = ended(c.arg(&tree));
    let explained =
        run(assay(&dir).args(["explain", "LINUX-FILE-007", "--on", "out"])).expect(&[0]);
    for said in [&ran.stdout, &ran.stderr, &explained.stdout] {
        let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.contains(bad), "{said:?}");
    }
    let findings = lines(&dir.join("out/findings.ndjson"));
    let named = |part: &str| {
        let all = findings.iter().filter(|f| f.to_string().contains(part));
        all.filter(|f| text(f, "status") == "fail").count()
    };
    // Found all the same.
    assert!(named("new\\nline") > 0 && named("<script>") > 0 && named("fdp.exe") > 0);
    assert!(named("not-utf8-") > 0 && named("ev\\u001b[2Jil") > 0);
    let found = locations(&dir.join("out/results.sarif"), "stockroom");
    let there = |path: &Path| fs::symlink_metadata(tree.join(path)).is_ok();
    assert!(found.iter().any(|f| f.1.to_string_lossy().contains("new\nline") && there(&f.1)));
    assert!(found.iter().any(|f| f.1.to_string_lossy().contains("<script>") && there(&f.1)));
    let html = fs::read_to_string(dir.join("out/report.html")).expect("a page");
    assert!(!html.contains("<script>alert"), "a name became markup");
    assert!(!html.contains('\u{1b}') && !html.contains('\u{202e}'));
}
