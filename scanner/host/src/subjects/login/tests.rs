use super::run::Shell;
use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
struct Taken(Vec<Resource>, bool);

impl Output for Taken {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, result: Result<(), Gap>) {
        self.1 = result.is_ok();
    }
}

/// A host whose root has bash, with these files.
fn host(files: &[(&str, &str)]) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    for (path, text) in [("/bin/bash", ""), ("/bin/sh", "")] {
        m.file(path, text).owned(path, 0, 0, 0o755);
    }
    m.file("/etc/passwd", "root:x:0:0::/root:/bin/bash\nann:x:1000:1000::/home/ann:/bin/bash\n");
    m.file("/etc/group", "root:x:0:\nann:x:1000:\n");
    for (path, text) in files {
        m.file(path, text);
    }
    m
}

fn run(m: &Memory) -> Taken {
    let host = Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH);
    let mut out = Taken::default();
    collect(&host, &mut out);
    out
}

fn doc<'a>(t: &'a Taken, item: &str) -> &'a Resource {
    let id = format!("host:h/login/{item}/bash");
    t.0.iter().find(|r| r.id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn umask(m: &Memory, item: &str) -> String {
    let t = run(m);
    let d = doc(&t, item);
    match d.properties.get("Umask") {
        Some(v) => v["value"].as_str().unwrap().to_owned(),
        None => format!("gap: {}", d.gaps["/Umask"].detail),
    }
}

const PROFILE: &str = "if [ \"$(id -u)\" -eq 0 ]; then\n  PATH=\"/usr/sbin:/usr/bin\"\nelse\n  \
PATH=\"/usr/bin\"\nfi\nexport PATH\nif [ \"${PS1-}\" ]; then\n  if [ \"${BASH-}\" ] && [ \"$BASH\" != \
\"/bin/sh\" ]; then\n    if [ -f /etc/bash.bashrc ]; then\n      . /etc/bash.bashrc\n    fi\n  fi\nfi\n\
if [ -d /etc/profile.d ]; then\n  for i in /etc/profile.d/*.sh; do\n    if [ -r $i ]; then\n      . $i\n    \
fi\n  done\n  unset i\nfi\n";

#[test]
fn files_that_run_parts_lists() {
    let loops = |options: &str| {
        PROFILE.replace(
            "/etc/profile.d/*.sh; do",
            &format!("$(run-parts --list {options} /etc/profile.d); do"),
        )
    };
    let of = |options: &str| {
        umask(
            &host(&[
                ("/etc/profile", &loops(options)),
                ("/etc/profile.d/20-a.sh", "umask 027\n"),
                ("/etc/profile.d/90.txt", "umask 000\n"),
                ("/etc/profile.d/plain", "umask 077\n"),
            ]),
            "root",
        )
    };
    assert_eq!(of("--regex '^[a-zA-Z0-9_][a-zA-Z0-9._-]*\\.sh$'"), "0027");
    assert_eq!(of("--regex='^9.*$'"), "0000");
    assert_eq!(of(""), "0077", "names without a dot");
    assert!(of("--reverse").starts_with("gap"));
    // Ubuntu's: it prints settings of the language only.
    let locale = ("/etc/profile", "umask 027\neval $(/usr/bin/locale-check C.UTF-8)\n");
    assert_eq!(umask(&host(&[locale]), "root"), "0027");
}

#[test]
fn the_last_umask_wins_in_the_order_of_the_files() {
    let m = host(&[
        ("/etc/profile", PROFILE),
        ("/etc/bash.bashrc", "umask 077\n"),
        ("/etc/profile.d/20-a.sh", "umask 027 # x\n"),
        ("/etc/profile.d/90-b.sh", "if true; then umask u=rwx,g=rx,o=rx; fi\n"),
        ("/etc/profile.d/99.txt", "umask 000\n"),
    ]);
    let t = run(&m);
    let d = doc(&t, "root");
    assert_eq!(d.properties["Umask"]["value"], "0022");
    assert_eq!(d.properties["Umask"]["file"], "/etc/profile.d/90-b.sh");
    assert_eq!(d.properties["Umask"]["others"].as_array().unwrap().len(), 2);
    assert_eq!(d.properties["NestedUmask"]["value"], "0077");
    assert!(t.1);
}

#[test]
fn own_files_and_conditions() {
    let mut m = host(&[("/etc/profile", PROFILE), ("/etc/profile.d/a.sh", "umask 027\n")]);
    assert_eq!(umask(&m, "root"), "0027");
    assert!(!run(&m).0.iter().any(|r| r.id.contains("/ann/")), "nothing of her own");
    m.file("/home/ann/.profile", "case $- in *i*) umask 002 ;; esac");
    assert_eq!(umask(&m, "ann"), "0002");
    m.file("/home/ann/.profile", "[ -n \"$SSH_CONNECTION\" ] && umask 002\n");
    assert!(umask(&m, "ann").starts_with("gap: /home/ann/.profile:1"), "{}", umask(&m, "ann"));
    m.file("/home/ann/.profile", "[ -n \"$DISPLAY\" ] && return\numask 002\n");
    assert!(umask(&m, "ann").starts_with("gap: "));
    m.file("/home/ann/.profile", "eval \"$(dircolors -b)\"\n(umask 0)\numask 0 | cat\n");
    let all = run(&m).0;
    assert!(!all.iter().any(|r| r.id.contains("/ann/")), "none of these changes it: {all:#?}");
    m.file("/home/ann/.profile", "eval \"$(curl x)\"\n");
    assert!(umask(&m, "ann").starts_with("gap: "));
    m.file("/home/ann/.profile", "f() { umask \"$1\"; }\nf 007\n");
    assert_eq!(umask(&m, "ann"), "0007");
}

#[test]
fn pam_gives_the_first_mask_and_private_groups_open_it() {
    let mut m = host(&[
        ("/etc/pam.d/login", "@include common-session\n"),
        ("/etc/pam.d/common-session", "session optional \\\n pam_umask.so\n"),
        ("/etc/login.defs", "UMASK 027\nUMASK 077\nUSERGROUPS_ENAB yes\n"),
    ]);
    assert_eq!(umask(&m, "root"), "0027");
    assert_eq!(umask(&m, "ordinary users"), "0007");
    m.file("/etc/pam.d/common-session", "session optional pam_umask.so umask=077\n");
    assert_eq!(umask(&m, "ordinary users"), "0077");
    m.file("/etc/passwd", "ann:x:1000:1000:Ann,umask=0:/home/ann:/bin/bash\n");
    assert_eq!(umask(&m, "ann"), "0000");
}

#[test]
fn a_readonly_timeout_stays() {
    let m = host(&[
        ("/etc/profile", PROFILE),
        ("/etc/profile.d/a.sh", "declare -rx TMOUT=600\n"),
        ("/etc/profile.d/b.sh", "TMOUT=0\nunset TMOUT\n"),
    ]);
    let t = run(&m);
    let timeout = &doc(&t, "root").properties["Timeout"];
    assert_eq!(timeout["value"], 600);
    assert_eq!(timeout["file"], "/etc/profile.d/a.sh");
    assert_eq!(doc(&t, "root").properties["NestedTimeout"]["value"], 600);
    let m = host(&[("/etc/profile", "TMOUT=600\n")]);
    let t = run(&m);
    assert!(doc(&t, "root").properties["NestedTimeout"]["value"].is_null(), "not exported");
}

#[test]
fn entries_of_the_path_know_who_brought_them() {
    let mut m = host(&[
        ("/etc/profile", PROFILE),
        ("/etc/profile.d/a.sh", "PATH=$PATH:.\n"),
        ("/etc/profile.d/b.sh", "export PATH=\"/opt/x:$PATH:\"\n"),
    ]);
    m.directory("/opt/x").owned("/opt/x", 1000, 0, 0o755);
    let t = run(&m);
    let list = doc(&t, "root").properties["PathEntries"].as_array().unwrap();
    let shown: Vec<_> = list
        .iter()
        .map(|e| format!("{}|{}|{}", e["Entry"], e["Kind"], e["file"]).replace('"', ""))
        .collect();
    assert_eq!(shown[0], "/opt/x|absolute|/etc/profile.d/b.sh");
    assert_eq!(shown[3], ".|relative|/etc/profile.d/a.sh");
    assert_eq!(shown[4], "|empty|/etc/profile.d/b.sh");
    assert_eq!(list[0]["Access"]["writers"][0], "user 1000");
}

#[test]
fn what_never_ends_is_a_gap() {
    for text in [
        "f() { f; }\nf\n",
        ". /etc/profile\n",
        "x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\nfor i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do x=\"$x$x\"; done\numask $x\n",
        "if true; then\n",
        "eval 'umask'\"$X\"\n",
    ] {
        let m = host(&[("/etc/profile", text)]);
        assert!(umask(&m, "root").starts_with("gap: "), "{text}: {}", umask(&m, "root"));
    }
}

#[test]
fn masks_are_those_of_the_shell() {
    use super::words::mask;
    assert_eq!(mask("27", None), Ok(0o27));
    assert_eq!(mask("9", None), Err(true));
    assert_eq!(mask("u=rwx,g=,o=", None), Ok(0o77));
    assert_eq!(mask("g-w,o-rwx", Some(0)), Ok(0o27));
    assert_eq!(mask("g-w", None), Err(false));
    assert_eq!(mask("=rx", Some(0o77)), Ok(0o222));
}

#[test]
fn arbitrary_text_does_no_harm() {
    let mut seed = 11_u64;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize
    };
    let words = [
        "if ",
        "then ",
        "fi\n",
        "for i in ",
        "do ",
        "done\n",
        "case x in ",
        "esac ",
        ";;",
        "(",
        ")",
        "{ ",
        "}",
        "$",
        "${",
        "x",
        "=",
        "umask ",
        "0",
        "\"",
        "'",
        "`",
        "$(",
        "&&",
        "|",
        "<<E\n",
        "E\n",
        "\\",
        "[ ",
        "[[ ",
        "]]",
        " ",
        ";",
        "\n",
        "*",
        "#",
        "while ",
        "! ",
        "-a ",
        "function f ",
        "eval ",
        "return ",
        "é",
    ];
    let m = Memory::new(Standing::AtRest);
    let h = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
    for _ in 0..5000 {
        let n = next() % 40;
        let text: String = (0..n).map(|_| words[next() % words.len()]).collect();
        let mut shell = Shell::new(&h, "x", 1000, "/home/x", "bash");
        shell.text(&text, 1);
    }
    let deep = "(".repeat(100_000);
    assert!(super::syntax::parse(&deep, 1).is_err());
    for long in ["x&&", "! ", "if x; then x; el", "case $x in "] {
        assert!(super::syntax::parse(&long.repeat(100_000), 1).is_err(), "{long}");
    }
    let arms = format!("case $UNKNOWN in {} esac", "a) ;; ".repeat(100_000));
    assert!(super::syntax::parse(&arms, 1).is_err());
    let deep = "${a:-".repeat(10_000);
    assert!(super::syntax::parse(&deep, 1).is_err());
}
