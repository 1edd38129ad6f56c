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
USER = sys.argv[1].encode()
for name in sys.stdin.read().split():
    handle = ctypes.c_void_p()
    start = pam.pam_start(name.encode(), USER, ctypes.byref(conv), ctypes.byref(handle))
    if start != 0:
        print(name, start, start)
        continue
    auth = pam.pam_authenticate(handle, 0)
    account = pam.pam_acct_mgmt(handle, 0)
    pam.pam_end(handle, 0)
    print(name, auth, account)
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

/// Whether libpam can be asked here; else the test is skipped.
fn can_ask(name: &str) -> Option<&'static str> {
    let Some(modules) = modules() else {
        skip(name, "pam_debug.so is not installed");
        return None;
    };
    let allowed = Command::new("unshare").args(["--mount", "true"]).output();
    if !allowed.is_ok_and(|o| o.status.success()) {
        skip(name, "mount namespaces are not allowed here");
        return None;
    }
    let python =
        Command::new("python3").args(["-c", "import ctypes; ctypes.CDLL('libpam.so.0')"]).output();
    if !python.is_ok_and(|o| o.status.success()) {
        skip(name, "python3 with libpam.so.0 is not installed");
        return None;
    }
    Some(modules)
}

/// The answers of libpam, service by service, with a folder as its configuration: name, code of auth,
/// code of account.
fn ask(folder: &Path, user: &str, services: &[String]) -> Vec<(String, String, String)> {
    let script =
        format!("mount --bind {} /etc/pam.d && exec python3 -c \"$ASK\" {user}", folder.display());
    let mut child = Command::new("unshare")
        .args(["--mount", "sh", "-c", &script])
        .env("ASK", ASK)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let names = services.join("\n");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), names.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let shown = String::from_utf8_lossy(&out.stdout).into_owned();
    let answers: Vec<(String, String, String)> = shown
        .lines()
        .map(|l| {
            let words: Vec<&str> = l.split(' ').collect();
            (words[0].to_owned(), words[1].to_owned(), words[2].to_owned())
        })
        .collect();
    assert_eq!(answers.len(), services.len());
    answers
}

#[test]
fn stacks_answer_as_libpam_does() {
    let Some(modules) = can_ask("stacks_answer_as_libpam_does") else { return };
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
    let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
    let (mut wrong, mut good) = (Vec::new(), 0);
    for (name, auth, account) in ask(&scratch.0, "root", &names) {
        for (kind, theirs) in [("auth", auth), ("account", account)] {
            // A refused configuration: `abort` for every call.
            let ours = pam_answer(&host, &name, kind).unwrap().unwrap_or(26);
            good += usize::from(ours == 0);
            if ours.to_string() != theirs {
                wrong.push(format!("{name} {kind}: libpam {theirs}, here {ours}"));
            }
        }
    }
    if let Some(first) = wrong.first() {
        let name = first.split(' ').next().unwrap();
        let text = std::fs::read_to_string(scratch.0.join(name)).unwrap_or_default();
        panic!("{} wrong: {:?}\n{first}\n{text}", wrong.len(), &wrong[..wrong.len().min(20)]);
    }
    assert!(good > 150, "too few ways to success: {good}");
}

/// Failures, then the right password: pam_faillock itself says whether the stack locks.
#[test]
fn stacks_lock_as_pam_faillock_does() {
    let name = "stacks_lock_as_pam_faillock_does";
    let Some(modules) = can_ask(name) else { return };
    if !Path::new(modules).join("pam_faillock.so").exists() {
        return skip(name, "pam_faillock.so is not installed");
    }
    let scratch = Scratch::new("faillock");
    let mut m = Memory::new(Standing::AtRest);
    for module in ["pam_permit", "pam_deny", "pam_faillock"] {
        m.file(format!("{modules}/{module}.so"), module);
    }
    if Path::new("/etc/debian_version").exists() {
        m.file("/etc/debian_version", "12");
    }
    // What checks the password is told by its entry whether it was right.
    scratch.put("modules/pam_unix.so", "");
    let check = scratch.0.join("modules/pam_unix.so");
    std::fs::copy(Path::new(modules).join("pam_debug.so"), &check).unwrap();
    m.file(&check, "check");
    let controls = [
        "required",
        "requisite",
        "sufficient",
        "optional",
        "[default=die]",
        "[success=1 default=ignore]",
        "[success=2 default=ignore]",
        "[success=1 default=bad]",
        "[default=ignore]",
        "[success=ok default=1]",
    ];
    let mut dice = Dice(11);
    let (mut asked, mut count) = (Vec::new(), 0);
    for n in 0..400 {
        let tally = scratch.0.join(format!("tally/{n}"));
        let tally = tally.display();
        let mut lines = Vec::new();
        let lock = |dice: &mut Dice, when: &str, usual: &str| {
            let control = if dice.roll(2) == 0 { usual } else { dice.pick(&controls) };
            let deny = if dice.roll(10) == 0 { 0 } else { 2 };
            let apart = if dice.roll(12) == 0 { "/other" } else { "" };
            format!(
                "auth {control} pam_faillock.so {when} nodelay silent deny={deny} dir={tally}{apart}"
            )
        };
        if dice.roll(4) != 0 {
            lines.push(lock(&mut dice, "preauth", "requisite"));
        }
        let control = dice.pick(&controls[2..]);
        lines.push(format!("auth {control} {} auth=ANSWER", check.display()));
        if dice.roll(5) != 0 {
            lines.push(lock(&mut dice, "authfail", "[default=die]"));
        }
        if dice.roll(3) == 0 {
            lines.push(lock(&mut dice, "authsucc", "required"));
        }
        lines.push(format!(
            "auth {} pam_deny.so",
            dice.pick(&["requisite", "required", "optional"])
        ));
        lines.push("auth required pam_permit.so".to_owned());
        if dice.roll(6) == 0 {
            let (a, b) = (dice.roll(lines.len()), dice.roll(lines.len()));
            lines.swap(a, b);
        }
        let text = lines.join("\n") + "\n";
        scratch.put(&format!("tally/{n}/other/x"), "");
        scratch.put(&format!("pam.d/wrong{n}"), &text.replace("ANSWER", "auth_err"));
        scratch.put(&format!("pam.d/right{n}"), &text.replace("ANSWER", "success"));
        m.file(format!("/etc/pam.d/right{n}"), &text).file(format!("/usr/bin/right{n}"), "");
        asked.push(format!("right{n}"));
        asked.extend((0..3).map(|_| format!("wrong{n}")));
        asked.push(format!("right{n}"));
    }
    let docs = common::collect("pam", &m);
    let checks = docs[0].properties["Checks"].as_array().unwrap();
    let answers = ask(&scratch.0.join("pam.d"), "nobody", &asked);
    let mut locked = [0, 0];
    for five in answers.chunks(5) {
        let service = &five[0].0;
        let ours = checks.iter().find(|c| c["Services"][0] == service.as_str());
        let text = std::fs::read_to_string(scratch.0.join("pam.d").join(service)).unwrap();
        // A wrong password that gets in as well is another weakness.
        if five[0].1 != "0" || five[1].1 == "0" {
            continue;
        }
        count += 1;
        let state = ours.map(|c| c["Lockout"]["value"].clone()).unwrap_or_default();
        let closed = five[4].1 != "0";
        locked[usize::from(closed)] += 1;
        assert_eq!(state == "enforced", closed, "{service}: {state}\n{text}");
    }
    assert!(count > 80 && locked[0] > 20 && locked[1] > 20, "too few of a kind: {locked:?}");
}
