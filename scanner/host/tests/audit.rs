//! Audit rules and the audit daemon's configuration against the programs that read them: generated
//! files, same answer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests may panic, and name what they skip"
)]

mod common;

use std::process::Command;

use assay_host::Memory;
use common::{Dice, Scratch, collect, skip, systemd};
use serde_json::Value;

const UNIT: &str = "[Service]\nType=forking\nExecStart=/sbin/auditd\n\
    ExecStartPost=-/sbin/augenrules --load\n[Install]\nWantedBy=multi-user.target\n";

/// A host whose audit daemon starts, with this machine's accounts and awk.
fn host() -> Memory {
    let mut m = systemd();
    m.symlink("/lib", "usr/lib");
    m.symlink("/etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target");
    m.file("/usr/lib/systemd/system/multi-user.target", "[Unit]\n");
    m.file("/usr/lib/systemd/system/auditd.service", UNIT).file("/sbin/auditd", "x");
    m.symlink(
        "/etc/systemd/system/multi-user.target.wants/auditd.service",
        "/usr/lib/systemd/system/auditd.service",
    );
    for path in ["/etc/passwd", "/etc/group", "/etc/shadow", "/usr/bin/sudo"] {
        m.file(path, std::fs::read(path).unwrap_or_default());
    }
    m.file("/etc/nsswitch.conf", "passwd: files\ngroup: files\n");
    m.directory("/etc/audit/rules.d").directory("/etc/sudoers.d").directory("/home");
    if let Ok(awk) = std::fs::canonicalize("/usr/bin/awk") {
        m.symlink("/usr/bin/awk", &awk).file(&awk, "");
    }
    m
}

/// Runs a script in a name space of its own, so that nothing of this machine changes.
fn apart(arguments: &[&str]) -> Option<std::process::Output> {
    let ready = Command::new("unshare").args(["-m", "true"]).output();
    if !ready.is_ok_and(|o| o.status.success()) {
        return None;
    }
    Command::new("unshare").arg("-m").args(arguments).output().ok()
}

#[test]
fn rules_are_merged_as_augenrules_does() {
    let script = ["/usr/sbin/augenrules", "/sbin/augenrules"]
        .into_iter()
        .find(|p| std::path::Path::new(p).exists());
    let Some(script) = script else {
        return skip("audit_rules_are_merged", "augenrules is not installed");
    };
    if apart(&["true"]).is_none() {
        return skip("audit_rules_are_merged", "no mount name space can be made");
    }
    let mut dice = Dice(5);
    for round in 0..40 {
        let scratch = Scratch::new(&format!("augen-{round}"));
        let mut m = host();
        m.file("/sbin/augenrules", std::fs::read(script).unwrap());
        scratch.put("/rules.d/.x", "");
        for _ in 0..=dice.roll(7) {
            let name = dice.pick(&[
                "10-a.rules",
                "9-b.rules",
                "a.rules",
                "A.rules",
                "100-z.rules",
                "10.rules",
                "b.rules.bak",
                "a1.rules",
                "a01.rules",
                "a-1.rules",
                "a~.rules",
                "a.b.rules",
                "x.rulesx",
                "_1.rules",
                "a10.rules",
                "a9.rules",
                "10-a.d.rules",
                "c d.rules",
                "d.rules",
            ]);
            let mut text = String::new();
            for _ in 0..dice.roll(7) {
                text.push_str(dice.pick(&[
                    "-D",
                    "-D ",
                    " -D",
                    "-b 64",
                    "-b 8192",
                    "-f 1",
                    "-f 2",
                    " -f 0",
                    "-e 1",
                    "-e 2",
                    " -e 0",
                    "# c",
                    "  # c",
                    "\t# c",
                    "",
                    "-w /etc/a -p wa -k a",
                    "-w /etc/b -p r",
                    "-i",
                    "-c",
                    "-a never,task",
                    "-s",
                    "s# x",
                    "-D -k x",
                    "--backlog_wait_time 0",
                    "   ",
                ]));
                text.push_str(dice.pick(&["\n", "\n", "\n", "\n", "", "\r\n"]));
            }
            scratch.put(&format!("/rules.d/{name}"), &text);
            m.file(format!("/etc/audit/rules.d/{name}"), &text);
        }
        let at = scratch.0.display();
        let line = format!("mount --bind {at} /etc/audit && {script}; cat /etc/audit/audit.rules");
        let out = apart(&["sh", "-c", &line]).unwrap();
        let out = String::from_utf8_lossy(&out.stdout).into_owned();
        let theirs: Vec<&str> = out
            .split('\n')
            .skip_while(|l| !l.starts_with("## This file"))
            .skip(1)
            .filter(|l| !l.is_empty())
            .collect();
        let ours = assay_host::audit_rules(&assay_host::Host::new(
            &m,
            "h",
            assay_core::Timestamp::UNIX_EPOCH,
        ));
        assert_eq!(ours.unwrap(), theirs, "round {round}");
    }
}

/// What auditctl says of a line: `None` where it takes it. In a user name space the kernel refuses
/// every request, so nothing is loaded.
fn auditctl(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split(' ').filter(|w| !w.is_empty()).collect();
    let out = Command::new("unshare").args(["-Ur", "auditctl"]).args(words).output().unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    let errors: Vec<&str> = said
        .lines()
        .filter(|l| {
            !l.contains("audit system is disabled") && !l.to_lowercase().starts_with("warning")
        })
        .filter(|l| !l.contains("Old style watch"))
        .collect();
    (!errors.is_empty()).then(|| errors.join("; "))
}

#[test]
fn lines_are_taken_and_refused_as_auditctl_does() {
    let probe = Command::new("unshare").args(["-Ur", "auditctl", "-w", "/etc/x"]).output();
    if !probe.is_ok_and(|o| String::from_utf8_lossy(&o.stderr).contains("disabled")) {
        return skip("audit_lines", "auditctl is not installed, or no user name space can be made");
    }
    let mut dice = Dice(6);
    let mut lines: Vec<String> = [
        "-a always,exit -F arch=b64 -S bogus -k x",
        "-a always,exit -F arch=b64 -S stime",
        "-a always,exit -F arch=b32 -S stime",
        "-a always,exit -S open -F arch=b64",
        "-a exit,always -F arch=b64 -S open,openat -F exit=-EACCES -k x",
        "-a always,exit -F arch=b64 -S 59",
        "-w etc",
        "-w /etc/x -p wz",
        "-w /etc/x -p wax -k a -k b",
        "-p wa -w /etc/x",
        "-a never,task -S open",
        "-a never,entry",
        "-a Always,exit -S open",
        "-a always,EXIT -S open -F ARCH=b64",
        "-a always,exclude -F msgtype=FOO",
        "-a always,exclude -F msgtype=cwd",
        "-a always,exclude -S open",
        "-a always,exit -F auid>=1000 -F auid!=unset -F key=x",
        "-a always,exit -F path=/etc/x -F perm=wa -F key=x",
        "-a always,exit -F arch=b64 -F auid=1 -k x",
        "-a always,exit -F auid=nosuchuser -S open",
        "-a always,exit -F uid=daemon -S open",
        "-a always,exit -F gid=nosuchgroup -S open",
        "-a always,exit -F foo=1 -S open",
        "-a always,exit -F uid -S open",
        "-a always,exit -F uid= -S open",
        "-a always,exit -C uid!=euid -S execve",
        "-a always,exit -C uid!=egid -S execve",
        "-a always,exit -F msgtype=CWD",
        "-a always,user -F msgtype=USER_LOGIN",
        "-a always,user -F path=/etc/x",
        "-a always,exit,task",
        "-a always",
        "-k x",
        "-S open",
        "-F uid=0",
        "-z",
        "-w /etc/x word",
        "-a always,exit -a always,exit -S open",
        "-a always,exit -F success=1 -S open",
        "-a always,exit -F success=yes -S open",
        "-a always,exit -F a0=0x0 -S open",
        "-a always,exit -F a0=x -S open",
        "-a always,exit -F arch=b65 -S open",
        "-a always,exit -F arch>b64 -S open",
        "-a always,exit -F perm=wa",
        "-a always,exit -F perm!=wa -F path=/x",
        "-a always,exit -F exit=-EBOGUS -S open",
        "-a possible,exit -S open",
        "-d never,task",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect();
    for _ in 0..150 {
        let mut line = dice
            .pick(&[
                "-a always,exit",
                "-a never,exit",
                "-A exit,never",
                "-a never,user",
                "-w /etc/x",
                "-a task,never",
            ])
            .to_owned();
        for _ in 0..dice.roll(5) {
            line.push(' ');
            line.push_str(dice.pick(&[
                "-F arch=b64",
                "-F arch=b32",
                "-S open",
                "-S open,chmod",
                "-S all",
                "-S stime",
                "-F uid=0",
                "-F auid>=1000",
                "-F auid!=-1",
                "-F auid!=unset",
                "-F path=/etc/x",
                "-F dir=/etc",
                "-F perm=wa",
                "-p wa",
                "-p x",
                "-k key",
                "-F key=k",
                "-F msgtype=USER_LOGIN",
                "-F exit=-EPERM",
                "-C uid!=euid",
                "-F subj_type=x_t",
                "-F obj_type=x_t",
                "-F ppid=1",
                "-F pid=1",
                "-F gid=0",
                "-F filetype=file",
                "-Fuid=0",
                "-kkey",
                "-F inode=5",
                "-F devmajor=8",
            ]));
        }
        lines.push(line);
    }
    for line in lines {
        let theirs = auditctl(&line);
        let mut m = host();
        m.file("/etc/audit/rules.d/a.rules", format!("{line}\n"));
        let doc = &collect("audit", &m)[0];
        let refused = doc.properties["Refused"].as_array().unwrap();
        // What only the kernel refuses, auditctl takes.
        let ours: Vec<&Value> = refused
            .iter()
            .filter(|r| {
                let why = r["Why"].as_str().unwrap();
                !["is not there", "more than one path", "no such rule", "that the kernel takes"]
                    .iter()
                    .any(|w| why.contains(w))
            })
            .collect();
        assert_eq!(ours.is_empty(), theirs.is_none(), "{line}\nours {ours:?}\ntheirs {theirs:?}");
    }
}

#[test]
fn the_configuration_is_taken_and_refused_as_the_daemon_does() {
    if !common::there("/usr/sbin/ausearch") && !common::there("/sbin/ausearch") {
        return skip("auditd_conf", "ausearch is not installed");
    }
    if apart(&["true"]).is_none() {
        return skip("auditd_conf", "no mount name space can be made");
    }
    let mut dice = Dice(7);
    for round in 0..60 {
        let scratch = Scratch::new(&format!("auditd-{round}"));
        let mut text = String::new();
        for _ in 0..=dice.roll(5) {
            let name = dice.pick(&[
                "num_logs",
                "NUM_LOGS",
                "space_left",
                "admin_space_left",
                "space_left_action",
                "disk_full_action",
                "disk_error_action",
                "max_log_file_action",
                "max_log_file",
                "log_format",
                "write_logs",
                "local_events",
                "bogus",
                "freq",
                "log_group",
                "flush",
                "name_format",
                "q_depth",
                "overflow_action",
                "transport",
                "max_restarts",
            ]);
            let equal = dice.pick(&[" = ", " = ", " = ", " = ", "=", "  =  ", "\t=\t", " "]);
            let value = dice.pick(&[
                "5",
                "5",
                "10",
                "5%",
                "yes",
                "no",
                "halt",
                "HALT",
                "syslog",
                "rotate",
                "keep_logs",
                "ignore",
                "email",
                "exec",
                "raw",
                "enriched",
                "root",
                "nosuch",
                "none",
                "data",
                "tcp",
                "",
                "x y",
                "suspend",
            ]);
            text.push_str(dice.pick(&["", "", "", "", "#", " ", "\t"]));
            text.push_str(&format!("{name}{equal}{value}\n"));
        }
        scratch.put("/auditd.conf", &text);
        let line = format!(
            "mount --bind {} /etc/audit && ausearch --input-logs -m LOGIN",
            scratch.0.display()
        );
        let out = apart(&["sh", "-c", &line]).unwrap();
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        let refused = said.contains("NOTE - using built-in logs");
        let mut m = host();
        m.file("/etc/audit/auditd.conf", &text);
        let doc = &collect("audit", &m)[0];
        let ours = doc.properties["Starts"]["value"] == false;
        assert_eq!(ours, refused, "round {round}\n{text}\n{said}\n{}", doc.properties["WhyNot"]);
    }
}
