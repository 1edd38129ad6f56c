//! Seals hold, and every change breaks them; `ssh-keygen` agrees.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use serde_json::json;

use super::*;

const NOW: &str = "2026-11-30T12:00:00Z";

fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("assay-seal-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// A key made by `ssh-keygen`, where it is there.
fn keygen(dir: &Path, name: &str, kind: &str) -> Option<PathBuf> {
    let path = dir.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", "", "-C", name, "-f"])
        .arg(&path)
        .stdin(Stdio::null())
        .status();
    made.is_ok_and(|s| s.success()).then_some(path)
}

/// Says that a test was skipped.
fn skip() {
    use std::io::Write as _;
    let why = "seal: ssh-keygen is not there";
    let _ = writeln!(std::io::stderr(), "SKIP {why}");
    if let Some(path) = std::env::var_os("ASSAY_TEST_SKIPS") {
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(path).unwrap();
        writeln!(file, "{why}").unwrap();
    }
}

fn example() -> Statement {
    let subjects = vec![Subject::new("b.json", "02"), Subject::new("a.json", "01")];
    Statement::new(subjects, BTreeMap::from([("tool".to_owned(), json!("assay"))]))
}

#[test]
fn a_seal_holds_for_its_statement_and_for_ssh_keygen() {
    let dir = folder("holds");
    let Some(path) = keygen(&dir, "dana", "ed25519") else {
        return skip();
    };
    let key = Key::read(&path).unwrap();
    let seal = seal(&example(), &key).unwrap();
    let at = NOW.parse().unwrap();
    let sealed = check(&seal, None, at).unwrap();
    assert_eq!(sealed.statement, example());
    assert_eq!(sealed.fingerprint, key.fingerprint());
    assert_eq!(sealed.statement.subject[0].name, "a.json", "in order");

    // Anybody can check it without this program.
    let public = std::fs::read_to_string(path.with_extension("pub")).unwrap();
    let list = dir.join("allowed_signers");
    std::fs::write(&list, format!("# who\ndana@example.com namespaces=\"assay\" {public}"))
        .unwrap();
    let sig = dir.join(SIGNATURE);
    std::fs::write(&sig, &seal.signature).unwrap();
    let statement = dir.join(STATEMENT);
    std::fs::write(&statement, &seal.statement).unwrap();
    let out = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", "dana@example.com", "-n", NAMESPACE, "-f"])
        .arg(&list)
        .arg("-s")
        .arg(&sig)
        .stdin(std::fs::File::open(&statement).unwrap())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));

    let signers = Signers::read(&list).unwrap();
    let named = check(&seal, Some(&signers), at).unwrap();
    assert_eq!(named.signer.as_deref(), Some("dana@example.com"));
    std::fs::write(&list, "").unwrap();
    let nobody = Signers::read(&list).unwrap();
    let e = check(&seal, Some(&nobody), at).unwrap_err();
    assert!(e.to_string().contains("not among the allowed signers"), "{e}");

    // A signature that ssh-keygen makes holds here.
    std::fs::remove_file(&sig).unwrap();
    let made = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", NAMESPACE, "-f"])
        .arg(&path)
        .arg(&statement)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let theirs = Seal { signature: std::fs::read_to_string(&sig).unwrap(), ..seal };
    check(&theirs, None, at).unwrap();
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn every_change_breaks_a_seal() {
    let dir = folder("breaks");
    let (Some(one), Some(two)) = (keygen(&dir, "one", "ed25519"), keygen(&dir, "two", "ed25519"))
    else {
        return skip();
    };
    let good = seal(&example(), &Key::read(&one).unwrap()).unwrap();
    let other = seal(&example(), &Key::read(&two).unwrap()).unwrap();
    let at = NOW.parse().unwrap();
    let text = |s: &str| s.to_owned();
    for (bad, why) in [
        (Seal { statement: good.statement.replace("01", "03"), ..good.clone() }, "not a signature"),
        (Seal { envelope: other.envelope.clone(), ..good.clone() }, "no signature in"),
        (Seal { signature: other.signature, ..good.clone() }, "no signature in"),
        (Seal { envelope: text("{}"), ..good.clone() }, "damaged"),
        (Seal { signature: text("nothing"), ..good.clone() }, "no SSH signature"),
        (
            Seal { envelope: good.envelope.replace("in-toto+json", "x"), ..good.clone() },
            "another statement",
        ),
    ] {
        let e = check(&bad, None, at).unwrap_err().to_string();
        assert!(e.contains(why), "{why}: {e}");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn other_keys_are_refused_with_the_next_step() {
    let dir = folder("keys");
    let Some(rsa) = keygen(&dir, "rsa", "rsa") else {
        return skip();
    };
    let e = Key::read(&rsa).unwrap_err().to_string();
    assert!(e.contains("ssh-ed25519") && e.contains("ssh-keygen"), "{e}");
    std::fs::write(dir.join("text"), "hello").unwrap();
    assert!(
        Key::read(&dir.join("text")).unwrap_err().to_string().contains("no OpenSSH private key")
    );
    assert!(Key::read(&dir.join("none")).unwrap_err().to_string().contains("cannot read the key"));
    std::fs::remove_dir_all(dir).unwrap();
}
