//! PAM stacks against libpam itself, over generated configurations in a mount namespace of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "tests may panic, and say what they skip"
)]

mod common;

use std::path::Path;
use std::process::{Command, Stdio};

use assay_core::Timestamp;
use assay_host::{Host, Memory, Standing, pam_answer};
use common::{Dice, Scratch, skip};

/// Asks libpam about each service that its arguments name: `name auth account`.
const ASK: &str = r"
import ctypes, sys
pam = ctypes.CDLL('libpam.so.0')
libc = ctypes.CDLL(None)
libc.calloc.restype = ctypes.c_void_p
libc.calloc.argtypes = [ctypes.c_size_t, ctypes.c_size_t]
TALK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p,
                        ctypes.POINTER(ctypes.c_void_p), ctypes.c_void_p)
@TALK
def talk(n, messages, answers, data):
    answers[0] = libc.calloc(n, 16)
    return 0
class Conv(ctypes.Structure):
    _fields_ = [('conv', TALK), ('data', ctypes.c_void_p)]
conv = Conv(talk, None)
for name in sys.stdin.read().split():
    handle = ctypes.c_void_p()
    start = pam.pam_start(name.encode(), b'root', ctypes.byref(conv), ctypes.byref(handle))
    if start != 0:
        print(name, start, start)
        continue
    auth = pam.pam_authenticate(handle, 0)
    account = pam.pam_acct_mgmt(handle, 0)
    pam.pam_end(handle, 0)
    print(name, auth, account)
";

/// Asks libpwquality for the shortest password that each of the files lets pass, and for the fewest
/// kinds of characters.
const TRY: &str = r"
import ctypes, itertools, sys
lib = ctypes.CDLL('libpwquality.so.1')
lib.pwquality_default_settings.restype = ctypes.c_void_p
aux = ctypes.c_void_p()
KINDS = ['8529637410', 'QZWXECRVTBYN', 'plokmijnuhbygv', '!%&/()=?+*']
def word(counts):
    parts = [itertools.islice(itertools.cycle(k), n) for k, n in zip(KINDS, counts)]
    return ''.join(''.join(p) for p in parts).encode()
for path in sys.stdin.read().split():
    s = ctypes.c_void_p(lib.pwquality_default_settings())
    lib.pwquality_read_config(s, path.encode(), ctypes.byref(aux))
    lib.pwquality_set_int_value(s, 15, 0)
    fits = lambda counts: lib.pwquality_check(s, word(counts), None, None, ctypes.byref(aux)) >= 0
    split = lambda n: ((a, b, c, n - a - b - c) for a in range(n + 1) for b in range(n + 1 - a)
                       for c in range(n + 1 - a - b))
    length = next(n for n in range(1, 40) if any(fits(c) for c in split(n)))
    sets = [c for c in itertools.product((0, 40), repeat=4) if any(c) and fits(c)]
    print(path, length, min(sum(1 for n in c if n) for c in sets))
";

const CODES: &[&str] = &[
    "success",
    "success",
    "success",
    "ignore",
    "ignore",
    "auth_err",
    "perm_denied",
    "new_authtok_reqd",
    "user_unknown",
    "maxtries",
    "acct_expired",
    "abort",
    "cred_err",
    "authinfo_unavail",
];
const ACTIONS: &[&str] = &["ok", "done", "bad", "die", "ignore", "reset", "1", "2", "3", "1", "12"];

fn control(dice: &mut Dice) -> String {
    match dice.roll(10) {
        0..=1 => "required".to_owned(),
        2 => "requisite".to_owned(),
        3 => "Sufficient".to_owned(),
        4 => "optional".to_owned(),
        9 => dice
            .pick(&[
                "[success]",
                "[success=0]",
                "[x=ok]",
                "requird",
                "[]",
                "[success = ok default = 1]",
                "[success=okdefault=ignore]",
            ])
            .to_owned(),
        _ => {
            let mut text = String::from("[");
            for _ in 0..=dice.roll(3) {
                let code = if dice.roll(3) == 0 { "default" } else { dice.pick(CODES) };
                text.push_str(&format!("{code}={} ", dice.pick(ACTIONS)));
            }
            text.push(']');
            text
        }
    }
}

fn line(dice: &mut Dice, pieces: &[String]) -> String {
    let kind =
        dice.pick(&["auth", "auth", "auth", "account", "account", "-auth", "AUTH", "session"]);
    let module = match dice.roll(12) {
        0 => "pam_permit.so".to_owned(),
        1 => "pam_deny.so".to_owned(),
        2 => "pam_nosuch.so".to_owned(),
        3 => format!("/lib/x86_64-linux-gnu/security/pam_debug.so auth={}", dice.pick(CODES)),
        _ => format!("pam_debug.so auth={} acct={}", dice.pick(CODES), dice.pick(CODES)),
    };
    let piece = if pieces.is_empty() { "nosuch" } else { &pieces[dice.roll(pieces.len())] };
    match dice.roll(24) {
        0 => "# auth required pam_deny.so \\".to_owned(),
        1 => format!("@include {piece}"),
        2..=3 => format!("{kind} include {piece}"),
        4..=6 => format!("{kind} substack {piece}"),
        7 => format!("{kind} {} \\\n\n  # between\n {module} # auth required", control(dice)),
        8 => dice
            .pick(&[
                "auht required pam_permit.so",
                "auth",
                "auth required",
                "auth include nosuch",
                "account substack nosuch",
                "\t",
                "auth required pam_permit.so\r",
                "[auth] required pam_permit.so",
            ])
            .to_owned(),
        _ => format!("{kind}  {}\t{module}", control(dice)),
    }
}

/// Where modules of this machine lie.
fn modules() -> Option<&'static str> {
    let places = [
        "/lib/x86_64-linux-gnu/security",
        "/lib/aarch64-linux-gnu/security",
        "/usr/lib64/security",
        "/lib64/security",
        "/usr/lib/security",
    ];
    places.into_iter().find(|p| Path::new(p).join("pam_debug.so").exists())
}

#[test]
fn stacks_answer_as_libpam_does() {
    let name = "stacks_answer_as_libpam_does";
    let Some(modules) = modules() else {
        return skip(name, "pam_debug.so is not installed");
    };
    let allowed = Command::new("unshare").args(["--mount", "true"]).output();
    if !allowed.is_ok_and(|o| o.status.success()) {
        return skip(name, "mount namespaces are not allowed here");
    }
    let python =
        Command::new("python3").args(["-c", "import ctypes; ctypes.CDLL('libpam.so.0')"]).output();
    if !python.is_ok_and(|o| o.status.success()) {
        return skip(name, "python3 with libpam.so.0 is not installed");
    }
    let scratch = Scratch::new("pam");
    let mut m = Memory::new(Standing::AtRest);
    for module in ["pam_permit", "pam_deny", "pam_debug"] {
        m.file(format!("{modules}/{module}.so"), "");
        m.file(format!("/lib/x86_64-linux-gnu/security/{module}.so"), "");
    }
    if Path::new("/etc/debian_version").exists() {
        m.file("/etc/debian_version", "12");
    }
    let mut put = |path: &str, text: &str| {
        scratch.put(path, text);
        m.file(format!("/etc/pam.d/{path}"), text);
    };
    put(
        "other",
        "auth [default=1] pam_deny.so\nauth required pam_deny.so\nauth required pam_debug.so auth=cred_err\n",
    );
    let mut dice = Dice(7);
    let (mut pieces, mut names) = (Vec::new(), Vec::new());
    for n in 0..1200 {
        let count = dice.roll(7) + usize::from(n % 50 != 0);
        let text: Vec<String> = (0..count).map(|_| line(&mut dice, &pieces)).collect();
        let mut text = text.join("\n");
        if dice.roll(30) != 0 {
            text.push('\n');
        }
        if dice.roll(60) == 0 {
            text.push_str("auth required \\\n");
        }
        put(&format!("t{n}"), &text);
        // A few that others take in, none of them itself.
        if n % 12 == 0 && n < 200 {
            pieces.push(format!("t{n}"));
        }
        names.push(format!("t{n}"));
    }
    names.push("absent".to_owned());
    let script =
        format!("mount --bind {} /etc/pam.d && exec python3 -c \"$ASK\"", scratch.0.display());
    let mut child = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script])
        .env("ASK", ASK)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), names.join("\n").as_bytes())
        .unwrap();
    let out = child.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
    let (mut wrong, mut seen, mut good) = (Vec::new(), 0, 0);
    for answer in shown.lines() {
        let words: Vec<&str> = answer.split(' ').collect();
        for (kind, theirs) in [("auth", words[1]), ("account", words[2])] {
            // A refused configuration: `abort` for every call.
            let ours = pam_answer(&host, words[0], kind).unwrap().unwrap_or(26);
            seen += 1;
            good += usize::from(ours == 0);
            if ours.to_string() != theirs {
                wrong.push(format!("{} {kind}: libpam {theirs}, here {ours}", words[0]));
            }
        }
    }
    assert_eq!(seen, 2 * names.len());
    if let Some(first) = wrong.first() {
        let name = first.split(' ').next().unwrap();
        let text = std::fs::read_to_string(scratch.0.join(name)).unwrap_or_default();
        panic!("{} wrong: {:?}\n{first}\n{text}", wrong.len(), &wrong[..wrong.len().min(20)]);
    }
    assert!(good > 150, "too few ways to success: {good}");
}

#[test]
fn lengths_and_classes_are_those_of_libpwquality() {
    let name = "lengths_and_classes_are_those_of_libpwquality";
    let load = "import ctypes; ctypes.CDLL('libpwquality.so.1')";
    let python = Command::new("python3").args(["-c", load]).output();
    if !python.is_ok_and(|o| o.status.success()) {
        return skip(name, "python3 with libpwquality.so.1 is not installed");
    }
    let scratch = Scratch::new("pwquality");
    let mut dice = Dice(3);
    let names =
        ["minlen", "minlen", "minclass", "dcredit", "UCREDIT", "lcredit", "ocredit", "retry"];
    let mut hosts = Vec::new();
    let mut asked = String::new();
    for n in 0..60 {
        let mut m = Memory::new(Standing::AtRest);
        for module in ["unix", "pwquality"] {
            m.file(format!("/lib/security/pam_{module}.so"), "");
        }
        m.file("/usr/bin/passwd", "");
        let stack = "password requisite pam_pwquality.so dictcheck=0\npassword required pam_unix.so use_authtok\n";
        m.file("/etc/pam.d/passwd", stack);
        for file in ["", ".d/a.conf", ".d/b.conf", ".d/c"] {
            let mut text = String::new();
            for _ in 0..dice.roll(4) {
                let setting = dice.pick(&names);
                let value = match setting {
                    "minlen" => dice.roll(16).to_string(),
                    "minclass" => dice.roll(6).to_string(),
                    _ => (i64::try_from(dice.roll(7)).unwrap() - 3).to_string(),
                };
                let odd = dice.roll(40) == 0;
                let between = dice.pick(&[" = ", "=", " ", "\t=\t"]);
                text.push_str(&format!(
                    "{setting}{between}{value}{}\n",
                    if odd { "x" } else { "" }
                ));
            }
            scratch.put(&format!("{n}{file}"), &text);
            m.file(format!("/etc/security/pwquality.conf{file}"), text);
        }
        asked.push_str(&format!("{}/{n}\n", scratch.0.display()));
        hosts.push(m);
    }
    let mut child = Command::new("python3")
        .args(["-c", TRY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), asked.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    let shown = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(shown.lines().count(), hosts.len());
    for (answer, m) in shown.lines().zip(&hosts) {
        let words: Vec<&str> = answer.split(' ').collect();
        let docs = common::collect("pam", m);
        let store = &docs[0].properties["Stores"][0];
        let ours =
            [store["MinLength"]["value"].to_string(), store["MinClasses"]["value"].to_string()];
        let classes = if ours[1] == "0" { "1".to_owned() } else { ours[1].clone() };
        let text = std::fs::read_to_string(words[0]).unwrap();
        assert_eq!([ours[0].as_str(), classes.as_str()], [words[1], words[2]], "{store:#}\n{text}");
    }
}
