//! Headers of LUKS against cryptsetup: volumes that it makes, the same format, ciphers, derivations and
//! key slots.

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

use assay_host::{Memory, Standing};
use common::{Scratch, collect_at, skip, there};
use serde_json::{Value, json};

/// Options of `luksFormat`; cheap derivations, as nothing is kept in them.
const FORMATS: [&[&str]; 7] = [
    &["--type", "luks1", "--iter-time", "10"],
    &[
        "--type",
        "luks1",
        "--cipher",
        "aes-cbc-essiv:sha256",
        "--key-size",
        "256",
        "--iter-time",
        "10",
    ],
    &["--type", "luks2", "--pbkdf-memory", "32768", "--pbkdf-force-iterations", "4"],
    &[
        "--type",
        "luks2",
        "--pbkdf",
        "argon2i",
        "--pbkdf-memory",
        "65536",
        "--pbkdf-force-iterations",
        "4",
    ],
    &["--type", "luks2", "--pbkdf-memory", "1024", "--pbkdf-force-iterations", "4"],
    &["--type", "luks2", "--pbkdf", "pbkdf2", "--iter-time", "10", "--cipher", "aes-cbc-plain64"],
    &[
        "--type",
        "luks2",
        "--pbkdf-memory",
        "32768",
        "--pbkdf-force-iterations",
        "4",
        "--sector-size",
        "4096",
    ],
];

fn cryptsetup(arguments: &[&str], input: &str) -> Option<String> {
    use std::io::Write as _;
    let mut child = Command::new("cryptsetup")
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    if !out.status.success() {
        eprintln!("cryptsetup {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    }
    out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Format, derivations, ciphers and slots as cryptsetup prints them.
fn theirs(file: &str) -> Value {
    let dump = cryptsetup(&["luksDump", file], "").unwrap();
    let field = |name: &str| {
        let line = dump.lines().find_map(|l| l.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("{name}: {dump}")).trim().to_owned()
    };
    if field("Version:") == "1" {
        let slots = dump.lines().filter(|l| l.starts_with("Key Slot") && l.ends_with("ENABLED"));
        let cipher = format!("{}-{}", field("Cipher name:"), field("Cipher mode:"));
        return json!({"Format": "luks1", "Derivations": ["pbkdf2"], "Ciphers": [cipher], "KeySlots": slots.count()});
    }
    let json = cryptsetup(&["luksDump", "--dump-json-metadata", file], "").unwrap();
    let json: Value = serde_json::from_str(&json).unwrap();
    let slots = json["keyslots"].as_object().unwrap();
    let mut derivations: Vec<String> = slots
        .values()
        .map(|slot| {
            let kdf = slot["kdf"]["type"].as_str().unwrap();
            match slot["kdf"]["memory"].as_u64().filter(|m| *m < 19 << 10) {
                Some(memory) => format!("{kdf} with {memory} KiB"),
                None => kdf.to_owned(),
            }
        })
        .collect();
    derivations.sort();
    json!({
        "Format": "luks2", "Derivations": derivations, "KeySlots": slots.len(),
        "Ciphers": [json["segments"]["0"]["encryption"]],
    })
}

/// The same from the first bytes of the disk.
fn ours(head: &[u8]) -> Value {
    let mut m = Memory::new(Standing::Running);
    m.file("/etc/crypttab", "data /dev/sdb1 none luks\n").disk("/dev/sdb1", head);
    m.directory("/sys/block");
    let docs = collect_at("crypt", &m, "2026-01-01T00:00:00Z");
    let doc = docs.iter().find(|d| d.kind == "linux.encrypted_volume").unwrap();
    let value = |facet: &str| {
        let found = doc.properties.get(facet).unwrap_or_else(|| panic!("{facet}: {:?}", doc.gaps));
        found.get("value").unwrap_or(found).clone()
    };
    json!({
        "Format": value("Format"), "Derivations": value("Derivations"), "Ciphers": value("Ciphers"),
        "KeySlots": value("KeySlots"),
    })
}

#[test]
fn headers_say_what_cryptsetup_says() {
    if !there("cryptsetup") {
        return skip("headers_say_what_cryptsetup_says", "no cryptsetup");
    }
    let at = Scratch::new("luks");
    let mut compared = 0;
    for (n, format) in FORMATS.iter().enumerate() {
        let path = at.0.join(format!("{n}.img"));
        let file = path.to_str().unwrap();
        std::fs::File::create(&path).unwrap().set_len(24 << 20).unwrap();
        let mut all = vec!["luksFormat", "--batch-mode", "--force-password", "--key-file", "-"];
        all.extend(*format);
        all.push(file);
        // Not every build of cryptsetup and its library knows every derivation.
        if cryptsetup(&all, "one").is_none() {
            continue;
        }
        compared += 1;
        let head = || std::fs::read(&path).unwrap();
        assert_eq!(ours(&head()), theirs(file), "{format:?}");
        // A second key, then the first goes.
        at.put("two", "two");
        at.put("one", "one");
        let (one, two) = (at.0.join("one"), at.0.join("two"));
        let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
        let cheap = ["--batch-mode", "--force-password", "--iter-time", "10"];
        let mut add = vec!["luksAddKey", "--key-file", one, "--new-keyfile", two];
        add.extend(cheap);
        add.push(file);
        if cryptsetup(&add, "").is_none() {
            add.retain(|a| *a != "--new-keyfile" && *a != two);
            add.push(two);
            cryptsetup(&add, "").expect("a second key");
        }
        assert_eq!(ours(&head()), theirs(file), "{format:?}, a second key");
        cryptsetup(&["luksKillSlot", "--batch-mode", "--key-file", two, file, "0"], "")
            .expect("killed");
        assert_eq!(ours(&head()), theirs(file), "{format:?}, without the first");
    }
    assert!(compared >= 4, "{compared}");
}
