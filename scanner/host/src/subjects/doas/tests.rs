use super::*;
use crate::{Memory, Standing};

#[derive(Default)]
struct Kept(Vec<Resource>);

impl Output for Kept {
    fn put(&mut self, document: Resource) {
        self.0.push(document);
    }
    fn listed(&mut self, _: &'static str, _: Result<(), Gap>) {}
}

fn root(conf: &str) -> Memory {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/usr/bin/doas", "\0x\0").file("/etc/doas.conf", conf);
    m.file("/usr/bin/less", "x").file("/usr/bin/id", "x");
    m.file(
        "/etc/passwd",
        "root:x:0:0::/root:/bin/sh\nalice:x:1000:1000::/:\nbob:x:1001:1001::/:\n",
    );
    m.file("/etc/group", "root:x:0:\nops:x:50:bob\n");
    m
}

fn read(m: &Memory) -> Option<Resource> {
    let mut kept = Kept::default();
    collect(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH), &mut kept);
    kept.0.pop()
}

/// `user as target: command gives`, `-` before one without a password.
fn granted(conf: &str) -> Vec<String> {
    let r = read(&root(conf)).unwrap();
    let all = r.properties["Grants"].as_array().unwrap().clone();
    let one = |g: &Value| {
        let sign = if g["Authenticate"]["value"] == true { "+" } else { "-" };
        let words = [&g["User"], &g["As"], &g["Command"], &g["Gives"]];
        let [user, target, command, gives] = words.map(|w| w.as_str().unwrap_or("nothing"));
        format!("{sign}{user} as {target}: {command} {gives}")
    };
    all.iter().map(one).collect()
}

#[test]
fn the_last_match_decides() {
    let all = "permit nopass alice\npermit :ops as root cmd less\ndeny root\n";
    assert_eq!(granted(all), ["-alice as root: ALL everything", "+%ops as root: less escape"]);
    assert!(granted("permit nopass alice\ndeny 1000\n").is_empty());
    assert_eq!(granted("permit nopass 1000\npermit alice\n"), ["+alice as root: ALL everything"]);
    let but = "permit nopass bob\ndeny :ops cmd /bin/sh\n";
    assert_eq!(granted(but), ["-bob as root: ALL everything_but"]);
    let exact = "permit nopass alice cmd id args -u\npermit nopass alice as bob\n";
    assert_eq!(granted(exact), ["-alice as root: id -u nothing", "-alice as bob: ALL everything"]);
    let root =
        "permit nopass alice\npermit alice as root\npermit nopass alice as bob cmd id args\n";
    let want = ["+alice as root: ALL everything", "-alice as bob: id \"\" nothing"];
    assert_eq!(granted(root), want);
    assert!(granted("permit nobody-there\n").is_empty());
}

#[test]
fn one_mistake_and_it_does_not_run() {
    let r = read(&root("permit nopass alice\npermitt bob\n")).unwrap();
    assert_eq!(r.properties["Errors"][0]["line"], 2);
    assert_eq!(r.properties["Grants"], json!([]));
    let mut m = root("permit nopass alice\n");
    m.owned("/etc/doas.conf", 0, 50, 0o664);
    let r = read(&m).unwrap();
    assert_eq!(r.properties["Grants"], json!([]));
    assert_eq!(r.properties["Files"][0]["Refused"], "its group or everyone can write to it");
}

#[test]
fn environments() {
    let conf =
        "permit keepenv alice\npermit nolog setenv { PATH=$PATH PYTHONPATH -HOME X=1 } bob\n";
    let r = read(&root(conf)).unwrap();
    assert_eq!(r.properties["env_reset"][1]["For"], "alice");
    assert_eq!(r.properties["env_keep"].as_array().unwrap().len(), 2);
    assert_eq!(r.properties["Logged"][1]["Setting"]["line"], 2);
}

#[test]
fn alpine_s_directory_and_absence() {
    let mut m = root("permit alice\n");
    m.file("/etc/doas.d/20-x.conf", "permit nopass alice\n").file("/etc/doas.d/x", "junk");
    assert_eq!(read(&m).unwrap().properties["Grants"][0]["line"], 1);
    let grants = |m: &Memory| read(m).unwrap().properties["Grants"].clone();
    assert_eq!(grants(&m)[0]["file"], "/etc/doas.conf", "Debian's does not read it");
    m.file("/usr/bin/doas", "\0/etc/doas.d\0");
    assert_eq!(grants(&m)[0]["file"], "/etc/doas.d/20-x.conf");
    let mut m = root("");
    m.file("/usr/bin/doas", "").owned("/usr/bin/doas", 0, 0, 0o755);
    assert!(read(&m).is_some());
    assert!(read(&Memory::new(Standing::AtRest)).is_none());
}

#[test]
fn any_text_ends_in_bounded_time() {
    let words = [
        "permit ", "deny ", "nopass ", "setenv ", "{ ", "} ", "as ", "cmd ", "args ", "alice ",
        ":ops ", "\"", "\\", "\\\n", "\n", "#", "\0", "é", "=", "$",
    ];
    let mut state = 11_u64;
    let mut next = move |n: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    for _ in 0..300 {
        let text: String = (0..next(40)).map(|_| words[next(words.len())]).collect();
        read(&root(&text)).unwrap();
    }
    read(&root(&"permit alice\n".repeat(500_000))).unwrap();
    read(&root(&"\\\n".repeat(500_000))).unwrap();
    read(&root(&"a ".repeat(2_000_000))).unwrap();
}
