//! Limits of new passwords against libpwquality itself, over generated settings.

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

use std::process::{Command, Stdio};

use assay_host::{Memory, Standing};
use common::{Dice, Scratch, skip};

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
