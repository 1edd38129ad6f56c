use assay_core::Resource;
use serde_json::json;

use super::*;
use crate::{Memory, Standing};

struct Taken(Vec<Resource>);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        result.unwrap();
    }
}

fn documents(m: &Memory) -> Vec<Resource> {
    let mut out = Taken(Vec::new());
    let host = Host::new(m, "h", "2026-01-01T00:00:00Z".parse().unwrap());
    (SUBJECT.collect)(&host, &mut out);
    out.0
}

fn secrets(text: &str) -> Vec<(String, &'static str, u32)> {
    data::read(text).secrets.into_iter().map(|s| (s.what, s.kind, s.line)).collect()
}

#[test]
fn passwords_are_found_and_never_told() {
    let text = "#cloud-config\nusers:\n  - default\n  - name: joe\n    lock_passwd: false\n    plain_text_passwd: hunter2\n  - {name: ann, passwd: \"$6$abc\"}\nchpasswd:\n  expire: false\n  list: |\n    root:RANDOM\n    bob:s3cret\n";
    let found = secrets(text);
    assert_eq!(
        found,
        [
            ("users.plain_text_passwd".to_owned(), "password", 6),
            ("users.passwd".to_owned(), "hash", 7),
            ("chpasswd.list: bob".to_owned(), "password", 12),
        ]
    );
    assert_eq!(secrets("#cloud-config\nchpasswd:\n  users:\n  - {name: a, type: RANDOM}\n  - {name: b, password: abc, type: text}\n")[0].2, 5);
    assert_eq!(
        secrets("#!/bin/sh\necho 'root:toor' | chpasswd\nexport DB_PASSWORD=$(cat /x)\n"),
        [("chpasswd in a command".to_owned(), "password", 2)]
    );
    let mime = "Content-Type: multipart/mixed; boundary=\"x\"\n\n--x\nContent-Type: text/cloud-config\n\n#cloud-config\npassword: abc\nssh_pwauth: yes\n\n--x--\n";
    assert_eq!(secrets(mime), [("password".to_owned(), "password", 7)]);
    assert_eq!(data::read(mime).ssh_pwauth, Some((json!(true), 8)));
    for harmless in [
        "#cloud-config\nusers:\n- name: x\n  passwd: '*'\n",
        "#cloud-config\npackages: [a]\n# password: x\n",
        "",
        "#cloud-config\npassword: \n",
    ] {
        assert_eq!(secrets(harmless), [], "{harmless}");
    }
}

#[test]
fn the_last_file_decides() {
    assert!(documents(&Memory::new(Standing::AtRest)).is_empty());
    let mut m = Memory::new(Standing::AtRest);
    m.file("/etc/cloud/cloud.cfg", "disable_root: true\nssh_pwauth: false\n");
    m.file("/etc/cloud/cloud.cfg.d/90.cfg", "# x\nssh_pwauth: \"yes\"\n")
        .file("/etc/cloud/cloud.cfg.d/99.txt", "ssh_pwauth: false\n");
    let p = documents(&m).remove(0).properties;
    let s = &p["SshPasswordAuthentication"];
    assert_eq!(
        (&s["value"], &s["file"], &s["line"]),
        (&json!(true), &json!("/etc/cloud/cloud.cfg.d/90.cfg"), &json!(2))
    );
    assert_eq!(s["others"][0]["file"], json!("/etc/cloud/cloud.cfg"));
    m.file(
        "/var/lib/cloud/instances/i-1/user-data.txt",
        "#cloud-config\n{\"ssh_pwauth\": false}\n",
    )
    .symlink("/var/lib/cloud/instance", "instances/i-1");
    assert_eq!(
        documents(&m).remove(0).properties["SshPasswordAuthentication"]["value"],
        json!(false)
    );
    m.unreadable("/var/lib/cloud/instances/i-1/user-data.txt", crate::Miss::Denied);
    assert!(documents(&m).remove(0).gaps.contains_key("/Secrets"));
    m.file("/etc/cloud/cloud-init.disabled", "");
    assert_eq!(documents(&m).remove(0).properties["Enabled"]["value"], json!(false));
}

#[test]
fn anything_at_all_is_taken() {
    let valid = "Content-Type: multipart/mixed\n#cloud-config\nusers: [{name: a, passwd: \"$6$x\"}]\nchpasswd: {list: [a:b]}\n--x";
    for end in 0..valid.len() {
        let _ = data::read(&valid[..end]);
    }
    let deep = format!("a: {}", "[".repeat(5000));
    let _ = data::read(&deep);
    let bomb = "a: &a [x,x,x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\nd: [*c,*c,*c]\n";
    let _ = data::read(bomb);
}
