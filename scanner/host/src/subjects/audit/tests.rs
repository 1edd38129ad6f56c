//! Tests over small roots.

use assay_core::{Gap, Resource, Timestamp};
use serde_json::Value;

use crate::{Host, Memory, Output, Standing};

#[derive(Default)]
struct Docs(Vec<Resource>);

impl Output for Docs {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }

    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        assert_eq!(result, Ok(()));
    }
}

const UNIT: &str = "[Service]\nType=forking\nExecStart=/sbin/auditd\n\
    ExecStartPost=-/sbin/augenrules --load\n[Install]\nWantedBy=multi-user.target\n";

/// A Debian host whose audit daemon starts.
fn host() -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/lib/systemd/systemd", "x").symlink("/sbin/init", "/usr/lib/systemd/systemd");
    m.symlink("/lib", "usr/lib")
        .symlink("/etc/systemd/system/default.target", "/usr/lib/systemd/system/multi-user.target");
    m.file("/usr/lib/systemd/system/multi-user.target", "[Unit]\n");
    m.file("/usr/lib/systemd/system/auditd.service", UNIT)
        .file("/sbin/auditd", "x")
        .file("/sbin/augenrules", "x");
    m.symlink(
        "/etc/systemd/system/multi-user.target.wants/auditd.service",
        "/usr/lib/systemd/system/auditd.service",
    );
    m.file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nchrony:x:104:104::/:/bin/false\n");
    m.file("/etc/group", "root:x:0:\nadm:x:4:\n").file("/etc/shadow", "").file("/etc/gshadow", "");
    m.file("/etc/sudoers", "").file("/etc/sudoers.d/x", "").file("/usr/bin/sudo", "");
    m.symlink("/usr/bin/awk", "/usr/bin/mawk").file("/usr/bin/mawk", "");
    m.directory("/etc/audit/rules.d").directory("/var/cache");
    m
}

const GOOD: &str = "-w /etc/passwd -p wa -k id\n-w /etc/shadow -p wa -k id\n-w /etc/group -p wa\n\
-a exit,always -F path=/etc/gshadow -F perm=wa -k id\n-w /etc/sudoers -p wa\n-w /etc/sudoers.d/ -p wa\n\
-a always,exit -F arch=b64 -S execve -C euid!=uid -F auid!=unset -k em\n\
-a always,exit -F arch=b64 -S adjtimex,settimeofday -k time\n\
-a always,exit -F arch=b32 -S adjtimex,settimeofday,stime -k time\n\
-a always,exit -F arch=b64 -S clock_settime -F a0=0x0 -k time\n\
-a always,exit -F arch=b32 -S clock_settime -F a0=0x0 -k time\n\
-a always,exit -F arch=b64 -S init_module,finit_module,delete_module -F auid>=1000 -F auid!=-1 -k m\n\
-a always,exit -F arch=b32 -S init_module,finit_module,delete_module -F auid>=1000 -F auid!=4294967295 -k m\n\
-a always,exit -F arch=b64 -S mount -F auid>=1000 -F auid!=unset -k mounts\n\
-a always,exit -F arch=b32 -S mount -F auid>=1000 -F auid!=unset -k mounts\n";

fn document(m: &Memory) -> Resource {
    let host = Host::new(m, "h", Timestamp::UNIX_EPOCH);
    let mut out = Docs::default();
    super::collect(&host, &mut out);
    assert_eq!(out.0.len(), 1);
    out.0.remove(0)
}

fn lacks(doc: &Resource) -> Vec<String> {
    let all = doc.properties["Coverage"].as_array().unwrap().iter();
    let short = all.filter(|c| !c["Missing"].as_array().unwrap().is_empty());
    short.map(|c| c["Class"].as_str().unwrap().to_owned()).collect()
}

fn hidden(doc: &Resource) -> Vec<String> {
    let all = doc.properties["Hidden"].as_array().unwrap().iter();
    all.map(|h| {
        format!("{}:{}", h["file"].as_str().unwrap().rsplit('/').next().unwrap(), h["line"])
    })
    .collect()
}

fn with(rules: &[(&str, &str)]) -> Resource {
    let mut m = host();
    for (name, text) in rules {
        m.file(format!("/etc/audit/rules.d/{name}"), text);
    }
    document(&m)
}

#[test]
fn what_is_recorded_counts() {
    let doc = with(&[("50-x.rules", GOOD), ("99-z.rules", "-e 2\n")]);
    assert_eq!(doc.gaps.len(), 0, "{:?}", doc.gaps);
    assert_eq!(doc.properties["Refused"], Value::Array(Vec::new()));
    assert_eq!(lacks(&doc), Vec::<String>::new(), "{}", doc.properties["Coverage"]);
    assert_eq!(hidden(&doc), Vec::<String>::new());
    assert_eq!(doc.properties["Locked"]["value"], true);
    assert_eq!(doc.properties["Locked"]["file"], "/etc/audit/rules.d/99-z.rules");
    assert_eq!(doc.properties["Starts"]["value"], true);
    let none = with(&[("50-x.rules.off", GOOD)]);
    assert_eq!(lacks(&none).len(), 5);
    assert_eq!(none.properties["Locked"]["value"], false);
}

#[test]
fn one_change_and_its_class_is_missing() {
    for (from, to, class) in [
        ("-w /etc/shadow -p wa", "-w /etc/shadow -p r", "identity"),
        ("-w /etc/sudoers.d/ -p wa\n", "", "privilege"),
        ("-F arch=b32 -S mount", "-F arch=b64 -S umount2", "mount"),
        ("finit_module,", "", "module"),
        (
            "-F arch=b64 -S clock_settime -F a0=0x0",
            "-F arch=b64 -S clock_settime -F a0=0x1",
            "time",
        ),
        ("-S mount -F auid>=1000", "-S mount -F auid>=2000", "mount"),
        ("-C euid!=uid", "-C euid=uid", "privilege"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        assert_eq!(lacks(&with(&[("50-x.rules", &text)])), [class], "{from}");
    }
}

#[test]
fn suppressions_and_what_only_looks_like_one() {
    for rule in [
        "-a never,task",
        "-a task,never",
        "-a never,exit -S all",
        "-a never,exit -F auid>=1000",
        "-a never,exit -F arch=b64 -S mount",
        "-a never,exit -F uid=0",
        "-a never,exit -F dir=/etc",
        "-a never,exit -F exe=/bin/bash",
        "-a always,exclude -F msgtype=SYSCALL",
        "-a never,exclude -F msgtype>=1300 -F msgtype<=1399",
        "-a never,user -F msgtype=USER_LOGIN",
        "-a always,exclude -F auid=ann",
    ] {
        let doc = with(&[("10-a.rules", &format!("# c\n{rule}\n")), ("50-x.rules", GOOD)]);
        assert_eq!(hidden(&doc), ["10-a.rules:2"], "{rule}");
        // Behind the others a rule of the exit list hides nothing; with -A it comes first.
        let late = with(&[("50-x.rules", GOOD), ("90-a.rules", &format!("{rule}\n"))]);
        assert_eq!(hidden(&late).is_empty(), rule.contains(",exit"), "{rule}");
        if rule.contains(",exit") {
            let first = rule.replacen("-a", "-A", 1);
            let doc = with(&[("50-x.rules", GOOD), ("90-a.rules", &format!("{first}\n"))]);
            assert_eq!(hidden(&doc), ["90-a.rules:1"], "{first}");
        }
    }
    for rule in [
        "-a never,exit -F arch=b64 -S adjtimex -F auid=unset -F uid=chrony",
        "-a always,exclude -F msgtype=CWD",
        "-a always,exclude -F msgtype=CRYPTO_KEY_USER",
        "-a never,user -F subj_type=crond_t",
        "-a never,filesystem -F fstype=tracefs",
        "-a never,exit -F exe=/usr/bin/backup",
        "-a never,exit -F dir=/var/cache",
        "#-a never,task",
        "-a always,exit -F arch=b32 -S all -k abi",
    ] {
        let doc = with(&[("10-a.rules", &format!("{rule}\n")), ("50-x.rules", GOOD)]);
        assert_eq!(hidden(&doc), Vec::<String>::new(), "{rule} {}", doc.properties["Hidden"]);
        assert_eq!(lacks(&doc), Vec::<String>::new(), "{rule} {}", doc.properties["Refused"]);
    }
}

#[test]
fn the_lock_and_what_ends_the_loading() {
    let state = |rules: &[(&str, &str)]| {
        let doc = with(rules);
        (doc.properties["Locked"]["value"] == true, doc.properties["NotLocked"].clone())
    };
    assert!(state(&[("10.rules", "-e 2\n"), ("20.rules", "-w /etc/passwd -p w\n")]).0);
    assert!(
        !state(&[("10.rules", "-e 2\n"), ("9.rules", "-w /etc/passwd\n"), ("20.rules", "-e 1\n")])
            .0
    );
    assert!(state(&[("100.rules", "-e 2\n"), ("20.rules", "-e 1\n")]).0, "numbers are compared");
    let stopped = state(&[("10.rules", "-w /etc/passwd -p wz\n-e 2\n")]);
    assert!(!stopped.0 && stopped.1.as_str().unwrap().contains("wz"));
    assert!(state(&[("10.rules", "-i\n-w /etc/passwd -p wz\n-e 2\n")]).0);
    assert!(state(&[("10.rules", "-c\n-w etc -p w\n-e 2\n")]).0);
    assert!(!state(&[("10.rules", "-w /etc/passwd\n-w /etc/passwd\n-e 2\n")]).0, "twice the same");
    assert!(!state(&[("10.rules", "-w /nowhere/x/y -p w\n-e 2\n")]).0);
    assert!(state(&[("10.rules", "-w /etc/nofile -p w\n-e 2\n")]).0);
    assert!(!state(&[("10.rules", "-w /etc/passwd -k"), ("20.rules", "-w /etc/group\n-e 2\n")]).0);
    // mawk does not take the blank off, so the line stays where it is.
    let doc = with(&[("10.rules", " -e 2\n-w /etc/passwd\n")]);
    assert!(
        doc.properties["Locked"]["value"] == true
            && doc.properties["Rules"].as_array().unwrap().is_empty()
    );
}

#[test]
fn what_lies_on_another_file_system_is_taken_for_there() {
    let mut m = host();
    m.file("/etc/audit/rules.d/a.rules", "-w /srv/data/x -p w\n-e 2\n");
    assert_eq!(document(&m).properties["Locked"]["value"], false);
    m.file("/etc/fstab", "/dev/sdb1 /srv ext4 defaults 0 2\n");
    assert_eq!(document(&m).properties["Locked"]["value"], true);
}

#[test]
fn units_decide_what_is_loaded() {
    let mut m = host();
    m.file("/etc/audit/rules.d/a.rules", GOOD).file("/etc/audit/audit.rules", "-D\n-e 2\n");
    m.file(
        "/etc/systemd/system/auditd.service.d/x.conf",
        "[Service]\nExecStartPost=\nExecStartPost=-/sbin/auditctl -R /etc/audit/audit.rules\n",
    );
    let doc = document(&m);
    assert_eq!((lacks(&doc).len(), &doc.properties["Locked"]["line"]), (5, &Value::from(2)));
    m.file(
        "/etc/systemd/system/auditd.service.d/x.conf",
        "[Service]\nExecStartPost=/sbin/auditctl -e 0\n",
    );
    let doc = document(&m);
    assert_eq!(lacks(&doc).len(), 5);
    assert_eq!(
        doc.properties["Coverage"][0]["file"],
        "/etc/systemd/system/auditd.service.d/x.conf"
    );
    m.file("/etc/systemd/system/auditd.service.d/x.conf", "[Service]\nExecStartPost=\n");
    assert_eq!(document(&m).properties["Loads"], false);
    m.symlink("/etc/systemd/system/auditd.service", "/dev/null");
    let doc = document(&m);
    assert_eq!(doc.properties["Starts"]["value"], false);
    assert_eq!(doc.properties["WhyNot"], "it is masked");
}

#[test]
fn the_configuration_of_the_daemon() {
    let mut m = host();
    let conf = "local_events = yes\nDISK_FULL_ACTION = Halt\nspace_left = 75\nadmin_space_left = 50\n\
        space_left_action = exec /sbin/alert\nmax_log_file_action = KEEP_LOGS\n#disk_full_action = ignore\n";
    m.file("/etc/audit/auditd.conf", conf);
    let doc = document(&m);
    let option = |name: &str| doc.properties["Configuration"][name].clone();
    assert_eq!(option("disk_full_action")["value"], "halt");
    assert_eq!(option("disk_full_action")["line"], 2);
    assert_eq!(option("max_log_file_action")["value"], "keep_logs");
    assert_eq!(option("disk_error_action")["origin"], "default");
    assert_eq!(doc.properties["Starts"]["value"], true);
    for bad in [
        "num_logs=5\n",
        "num_logs\t=\t5\n",
        "num_logs = x\n",
        "bogus = 1\n",
        "log_group = nobody\n",
        "space_left = 5\nadmin_space_left = 6\n",
        "disk_full_action = email\n",
        "  # c\n;x\n",
    ] {
        m.file("/etc/audit/auditd.conf", bad);
        let doc = document(&m);
        assert_eq!(doc.properties["Starts"]["value"], false, "{bad}");
        assert_eq!(doc.properties["Starts"]["file"], "/etc/audit/auditd.conf");
    }
}

#[test]
fn boot_entries() {
    let mut m = host();
    assert_eq!(document(&m).properties["BootEntries"], Value::Null);
    m.file("/etc/default/grub", "GRUB_CMDLINE_LINUX=\"audit=1\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet audit_backlog_limit=8192\"\n");
    let doc = document(&m);
    let entry = &doc.properties["BootEntries"][0];
    assert!(entry["Audit"] == true && entry["Backlog"] == 8192 && entry["line"] == 1, "{entry}");
    m.file("/boot/grub/grub.cfg", "menuentry 'x' {\n\tlinux /vmlinuz ro audit=1 audit=0\n}\n");
    let doc = document(&m);
    assert!(doc.properties["BootEntries"][0]["Audit"] == false);
    assert_eq!(lacks(&doc).len(), 5);
}

#[test]
fn anything_at_all_is_taken() {
    let mut seed = 11_u64;
    let mut roll = move |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % n
    };
    let alphabet: Vec<char> = "-aAwpkFSCDefib =!<>&,/\\\t\r\0é019x\n".chars().collect();
    for _ in 0..300 {
        let mut text: String = GOOD.chars().take(roll(GOOD.len())).collect();
        for _ in 0..roll(60) {
            text.push(alphabet[roll(alphabet.len())]);
        }
        let mut m = host();
        m.file("/etc/audit/rules.d/a b.rules", &text).file("/etc/audit/rules.d/b.rules", &text);
        m.file("/etc/audit/auditd.conf", &text);
        let _ = document(&m);
    }
}

#[test]
fn too_many_rules_are_a_gap_in_bounded_time() {
    let mut text = String::new();
    for i in 0..1_900 {
        text.push_str(&format!(
            "-a always,exit -F arch=b64 -S open,openat,chmod,chown,execve,mount -F auid={i}\n"
        ));
    }
    let begun = crate::timing::cpu();
    let doc = with(&[("10.rules", &text)]);
    assert!(doc.gaps.keys().any(|k| k.contains("Hidden")), "{:?}", doc.gaps);
    assert!(crate::timing::cpu() - begun < 20.0);
}
