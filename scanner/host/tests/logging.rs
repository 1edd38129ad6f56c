//! Logging and time against the programs that read their configuration: generated files, same answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assay_host::{Host, Memory};
use common::{Dice, Scratch, collect, skip, systemd};

/// A host on which a service starts.
fn host(unit: &str, program: &str) -> Memory {
    let mut m = systemd();
    m.symlink("/etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target");
    m.file("/usr/lib/systemd/system/multi-user.target", "[Unit]\n");
    let path = format!("/usr/lib/systemd/system/{unit}");
    m.file(&path, format!("[Service]\nExecStart={program}\n"))
        .file(program.split(' ').next().unwrap(), "x");
    m.symlink(format!("/etc/systemd/system/multi-user.target.wants/{unit}"), &path);
    m
}

#[test]
fn the_journals_drop_ins_are_read_as_systemd_does() {
    if !common::there("systemd-analyze") {
        return skip("journald_drop_ins", "systemd-analyze is not installed");
    }
    let mut dice = Dice(21);
    for round in 0..40 {
        let scratch = Scratch::new(&format!("journald-{round}"));
        let mut m = systemd();
        m.directory("/var/log/journal");
        for _ in 0..=dice.roll(6) {
            let path = dice.pick(&[
                "/etc/systemd/journald.conf",
                "/etc/systemd/journald.conf.d/10-a.conf",
                "/etc/systemd/journald.conf.d/90-z.conf",
                "/usr/lib/systemd/journald.conf.d/90-z.conf",
                "/usr/lib/systemd/journald.conf.d/95-y.conf",
                "/usr/local/lib/systemd/journald.conf.d/50-m.conf",
                "/usr/lib/systemd/journald.conf.d/50-m.conf",
                "/etc/systemd/journald.conf.d/x.confx",
            ]);
            if scratch.0.join(path.trim_start_matches('/')).symlink_metadata().is_ok() {
                continue;
            }
            if dice.roll(6) == 0 && path.contains(".d/") {
                scratch.put(&format!("{path}.other"), "");
                std::os::unix::fs::symlink(
                    "/dev/null",
                    scratch.0.join(path.trim_start_matches('/')),
                )
                .unwrap();
                m.symlink(path, "/dev/null");
                continue;
            }
            let mut text = dice
                .pick(&["[Journal]\n", "[Journal]\n", "[Other]\n", "# c\n[Journal]\n"])
                .to_owned();
            for _ in 0..dice.roll(4) {
                text.push_str(dice.pick(&[
                    "Storage=volatile\n",
                    "Storage=persistent\n",
                    "Storage=none\n",
                    "#Storage=none\n",
                    "Storage=auto\n",
                    " Storage = volatile\n",
                    "Storage=\n",
                    "; Storage=none\n",
                    "storage=none\n",
                    "Seal=no\n",
                ]));
            }
            scratch.put(path, &text);
            m.file(path, &text);
        }
        let root = format!("--root={}", scratch.0.display());
        let out = Command::new("systemd-analyze")
            .args(["cat-config", &root, "systemd/journald.conf"])
            .output()
            .unwrap();
        let mut expected = "auto".to_owned();
        let mut inside = false;
        for line in String::from_utf8_lossy(&out.stdout).lines() {
            let line = line.trim();
            if line.starts_with(['#', ';']) {
                continue;
            }
            if line.starts_with('[') {
                inside = line == "[Journal]";
            }
            if let Some((key, value)) = line.split_once('=').filter(|_| inside)
                && key.trim() == "Storage"
            {
                let value = value.trim();
                expected = if value.is_empty() { "auto" } else { value }.to_owned();
            }
        }
        let doc = &collect("logging", &m)[0];
        assert_eq!(doc.properties["Storage"]["value"], expected, "round {round}");
        let kept = expected == "auto" || expected == "persistent";
        assert_eq!(doc.properties["Persistent"]["value"], kept, "round {round}");
    }
}

#[test]
fn new_files_get_the_mode_that_rsyslog_gives_them() {
    let program = Path::new("/usr/sbin/rsyslogd");
    if !program.exists() || !common::there("logger") {
        return skip("rsyslog_modes", "rsyslogd or logger is not installed");
    }
    let mut dice = Dice(22);
    for round in 0..4 {
        let scratch = Scratch::new(&format!("rsyslog-{round}"));
        let at = scratch.0.display().to_string();
        let mut text = format!(
            "module(load=\"imuxsock\" SysSock.Use=\"off\")\ninput(type=\"imuxsock\" Socket=\"{at}/sock\")\n"
        );
        let mut module = false;
        for i in 0..24 {
            let mode = dice.pick(&["0640", "0644", "0600", "0666", "0604", "0660"]);
            match dice.roll(8) {
                0 | 1 => text.push_str(&format!("$FileCreateMode {mode}\n")),
                2 => text.push_str(&format!(
                    "*.* action(type=\"omfile\" file=\"{at}/{i}.log\" FileCreateMode=\"{mode}\")\n"
                )),
                3 => text.push_str(&format!(
                    "*.* action(type=\"omfile\"\n # c\n file=\"{at}/{i}.log\")\n"
                )),
                4 if !module => {
                    module = true;
                    text.push_str(&format!(
                        "module(load=\"builtin:omfile\" fileCreateMode=\"{mode}\")\n"
                    ));
                }
                5 => {
                    text.push_str(&format!("if $syslogseverity <= 7 then {{ -{at}/{i}.log\n }}\n"))
                }
                6 => {
                    text.push_str(&format!("*.*;\\\n   mail.none -{at}/{i}.log\n& {at}/{i}b.log\n"))
                }
                _ => {
                    scratch.put(
                        &format!("/inc/{i}.conf"),
                        &format!("$FileCreateMode {mode}\n*.* {at}/{i}.log # c\n"),
                    );
                    text.push_str(&format!("$IncludeConfig {at}/inc/{i}.*\n"));
                }
            }
        }
        text.push_str(dice.pick(&[
            "",
            "$Umask 0000\n",
            "global(umask=\"0027\")\n",
            "$Umask 0077\n",
        ]));
        scratch.put("/rsyslog.conf", &text);
        let mut child = Command::new(program)
            .args(["-n", "-iNONE", "-f", &format!("{at}/rsyslog.conf")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        let mut names: Vec<String> = Vec::new();
        while begun.elapsed() < Duration::from_secs(15) {
            std::thread::sleep(Duration::from_millis(300));
            let _ = Command::new("logger").args(["-u", &format!("{at}/sock"), "hello"]).output();
            std::thread::sleep(Duration::from_millis(300));
            let all = std::fs::read_dir(&scratch.0)
                .unwrap()
                .map(|e| e.unwrap().path().display().to_string());
            let now: Vec<String> = all.filter(|n| n.ends_with(".log")).collect();
            if !now.is_empty() && now.len() == names.len() {
                break;
            }
            names = now;
        }
        let _ = child.kill();
        let _ = child.wait();
        assert!(!names.is_empty(), "rsyslogd wrote nothing\n{text}");
        let mut m = host("rsyslog.service", &format!("/usr/sbin/rsyslogd -n -f {at}/rsyslog.conf"));
        m.file(format!("{at}/rsyslog.conf"), &text);
        if let Ok(all) = std::fs::read_dir(scratch.0.join("inc")) {
            for path in all.map(|e| e.unwrap().path()) {
                m.file(&path, std::fs::read(&path).unwrap());
            }
        }
        let doc = &collect("logging", &m)[0];
        let files = doc.properties["NewFiles"].as_array().unwrap();
        for name in &names {
            let mode = std::fs::metadata(name).unwrap().permissions().mode() & 0o777;
            let ours = files.iter().find(|f| f["Path"] == name.as_str());
            let ours = ours.unwrap_or_else(|| panic!("{name} is not known\n{text}\n{files:?}"));
            assert_eq!(ours["Mode"], format!("{mode:04o}"), "round {round} {name}\n{text}");
        }
        assert_eq!(files.len(), names.len(), "round {round}\n{text}\n{files:?}\n{names:?}");
    }
}

#[test]
fn chrony_reads_the_same_sources_in_the_same_order() {
    let program = Path::new("/usr/sbin/chronyd");
    if !program.exists() {
        return skip("chrony_sources", "chronyd is not installed");
    }
    let mut dice = Dice(23);
    for round in 0..60 {
        let scratch = Scratch::new(&format!("chrony-{round}"));
        // A path in /run would be left out.
        let at = scratch.0.display().to_string();
        let mut m = Memory::new(assay_host::Standing::AtRest);
        let line = |dice: &mut Dice, i: usize| -> String {
            let word = dice.pick(&[
                "server", "pool", "peer", "Server", "#server", "! pool", "; server", "% peer",
            ]);
            format!(
                "{}{word} h{i}.example {}\n",
                dice.pick(&["", "", "  "]),
                dice.pick(&["", "iburst", "minpoll 5", "noselect"])
            )
        };
        let mut text = String::new();
        for i in 0..dice.roll(8) + 1 {
            match dice.roll(5) {
                0 => text.push_str(&format!("confdir {at}/a {at}/b\n")),
                1 => text.push_str(&format!("include {at}/i*.inc\n")),
                2 => text.push_str("refclock PPS /dev/pps0 poll 3\nmakestep 1 3\n"),
                _ => text.push_str(&line(&mut dice, i)),
            }
        }
        for i in 0..dice.roll(6) {
            let name = dice.pick(&[
                "/a/x.conf",
                "/b/x.conf",
                "/a/y.conf",
                "/b/z.conf",
                "/b/n.txt",
                "/a/.h.conf",
            ]);
            let inner = line(&mut dice, 20 + i);
            scratch.put(name, &inner);
            m.file(format!("{at}{name}"), &inner);
        }
        let inner = line(&mut dice, 40);
        scratch.put("/i1.inc", &inner);
        m.file(format!("{at}/i1.inc"), &inner);
        scratch.put("/chrony.conf", &text);
        m.file(format!("{at}/chrony.conf"), &text);
        let path = format!("{at}/chrony.conf");
        let out = Command::new(program).args(["-p", "-f", &path]).output().unwrap();
        assert!(out.status.success(), "{text}\n{}", String::from_utf8_lossy(&out.stderr));
        let mut theirs = Vec::new();
        for line in String::from_utf8_lossy(&out.stdout).lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                [kind, name, rest @ ..]
                    if ["server", "pool", "peer"].contains(&kind.to_lowercase().as_str()) =>
                {
                    let measured = rest.contains(&"noselect");
                    theirs.extend((!measured).then(|| format!("{} {name}", kind.to_lowercase())));
                }
                ["refclock", driver, device, ..] => {
                    theirs.push(format!("refclock {} {device}", driver.to_lowercase()));
                }
                _ => {}
            }
        }
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let ours = assay_host::chrony_sources(&host, Path::new(&path)).unwrap();
        assert_eq!(ours, theirs, "round {round}\n{text}");
    }
}
