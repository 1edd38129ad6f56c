//! Seals hold, and every change breaks them; `ssh-keygen` agrees.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use serde_json::json;

use super::*;

mod token;

use token::{Token, token_signature};

/// As `verify-time=20261130120000Z`.
const NOW: &str = "2026-11-30T12:00:00Z";

fn folder(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("assay-seal-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

/// A key made by `ssh-keygen`, where it is there.
fn keygen(dir: &Path, name: &str, kind: &str) -> Option<PathBuf> {
    let (kind, bits) = kind.split_once(' ').unwrap_or((kind, ""));
    let path = dir.join(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-N", "", "-C", name])
        .args(if bits.is_empty() { vec![] } else { vec!["-b", bits] })
        .arg("-f")
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
        file.write_all(format!("{why}\n").as_bytes()).unwrap();
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
        (Seal { envelope: Some(text("{}")), ..good.clone() }, "damaged"),
        (Seal { signature: text("nothing"), ..good.clone() }, "no SSH signature"),
        (
            Seal {
                envelope: good.envelope.as_ref().map(|e| e.replace("in-toto+json", "x")),
                ..good.clone()
            },
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

/// Signs a file with `ssh-keygen`; the armoured signature.
fn ssh_sign(key: &Path, namespace: &str, hash: &str, file: &Path) -> String {
    let sig = file.with_extension("sig");
    let _ = std::fs::remove_file(&sig);
    let out = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", namespace, "-O", &format!("hashalg={hash}"), "-f"])
        .arg(key)
        .stdin(std::fs::File::open(file).unwrap())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// Whether `ssh-keygen` takes a signature of a file for somebody at a time.
fn ssh_verify(list: &Path, name: &str, namespace: &str, sig: &str, file: &Path, at: &str) -> bool {
    let path = file.with_extension("checked");
    std::fs::write(&path, sig).unwrap();
    let out = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-n", namespace, "-I", name, "-O", &format!("verify-time={at}")])
        .env("TZ", "UTC")
        .arg("-f")
        .arg(list)
        .arg("-s")
        .arg(&path)
        .stdin(std::fs::File::open(file).unwrap())
        .output()
        .unwrap();
    out.status.success()
}

#[test]
fn every_kind_of_key_is_checked_as_ssh_keygen_checks_it() {
    let dir = folder("kinds");
    let text = dir.join("text.json");
    std::fs::write(&text, "{}\n").unwrap();
    let at = When::at(NOW.parse().unwrap());
    let mut all: Vec<(String, String, String)> = Vec::new();
    for kind in ["ed25519", "ecdsa 256", "ecdsa 384", "rsa 2048", "rsa 3072"] {
        let Some(key) = keygen(&dir, &kind.replace(' ', ""), kind) else {
            return skip();
        };
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        for hash in ["sha256", "sha512"] {
            let sig = ssh_sign(&key, "assay-approval", hash, &text);
            all.push((format!("{kind} {hash}"), public.clone(), sig));
        }
    }
    let Some(key) = keygen(&dir, "token", "ed25519") else {
        return skip();
    };
    let tokens = [Token::ed25519(&key), Token::ecdsa()];
    for token in &tokens {
        let (public, sig) = token_signature(token, "assay-approval", b"{}\n", 1);
        all.push((token.kind.to_owned(), public, sig));
    }
    let list = dir.join("allowed_signers");
    for (what, public, sig) in all {
        std::fs::write(&list, format!("lee {public}\n")).unwrap();
        let signers = Signers::read(&list).unwrap();
        let one_line = Signature::one_line(&sig).unwrap();
        assert!(!one_line.contains('-') && !one_line.contains('\n'));
        for sig in [&sig, &one_line] {
            let sig = Signature::read(sig).unwrap();
            assert!(public.contains(sig.key().kind()));
            signers.check("lee", &sig, "assay-approval", b"{}\n", at).unwrap();
            let e = signers.check("lee", &sig, "assay-approval", b"{ }\n", at).unwrap_err();
            assert!(e.contains("another text"), "{what}: {e}");
            let e = signers.check("lee", &sig, "file", b"{}\n", at).unwrap_err();
            assert!(e.contains("namespace"), "{what}: {e}");
        }
        assert!(
            ssh_verify(&list, "lee", "assay-approval", &sig, &text, "20261130120000Z"),
            "{what}"
        );
        // Every byte counts.
        let bytes = STANDARD.decode(&one_line).unwrap();
        for i in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[i] ^= 1;
            let held = Signature::read(&STANDARD.encode(&bad))
                .is_ok_and(|s| signers.check("lee", &s, "assay-approval", b"{}\n", at).is_ok());
            // A security key signs its counter, so nothing is free there either.
            assert!(!held, "{what}: byte {i}");
        }
    }
    for token in &tokens {
        let (_, sig) = token_signature(token, "assay-approval", b"{}\n", 0);
        let e = Signature::read(&sig).unwrap().verify("assay-approval", b"{}\n").unwrap_err();
        assert!(e.contains("touched"), "{e}");
    }
    for (kind, why) in [("ecdsa 521", "not supported"), ("rsa 1024", "1024 bits")] {
        let Some(key) = keygen(&dir, &kind.replace(' ', ""), kind) else {
            return skip();
        };
        let sig = ssh_sign(&key, "assay-approval", "sha512", &text);
        let e = Signature::read(&sig).unwrap().verify("assay-approval", b"{}\n").unwrap_err();
        assert!(e.contains(why), "{kind}: {e}");
    }
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn lists_of_signers_are_read_as_ssh_keygen_reads_them() {
    let dir = folder("lists");
    let (Some(one), Some(two)) = (keygen(&dir, "one", "ed25519"), keygen(&dir, "two", "ed25519"))
    else {
        return skip();
    };
    let text = dir.join("text.json");
    std::fs::write(&text, "{}\n").unwrap();
    let sig = ssh_sign(&one, "assay-approval", "sha512", &text);
    let read = Signature::read(&sig).unwrap();
    let public =
        |p: &Path| std::fs::read_to_string(p.with_extension("pub")).unwrap().trim().to_owned();
    let (one, two) = (public(&one), public(&two));
    let list = dir.join("allowed_signers");
    let mut seen = (0, 0);
    for line in [
        "lee ONE",
        "  lee\tONE",
        "dana ONE",
        "lee TWO",
        "dana,lee ONE",
        "*@example.com,lee ONE",
        "l?e ONE",
        "* ONE",
        "*,!lee ONE",
        "!lee,* ONE",
        "!dana ONE",
        "!dana,* ONE",
        "LEE ONE",
        "\"lee\" ONE",
        "\"dana,lee\" ONE",
        "lee namespaces=\"assay-approval\" ONE",
        "lee namespaces=\"git,assay-*\" ONE",
        "lee namespaces=\"git\" ONE",
        "lee namespaces=\"*,!assay-approval\" ONE",
        "lee NAMESPACES=\"git\" ONE",
        "lee cert-authority ONE",
        "lee cert-authority,namespaces=\"assay-approval\" ONE",
        "lee valid-after=\"20261130\" ONE",
        "lee valid-after=\"20261201\" ONE",
        "lee valid-after=\"20261130120000Z\" ONE",
        "lee valid-after=\"20261130120001Z\" ONE",
        "lee valid-before=\"20261130120000Z\" ONE",
        "lee valid-before=\"20261130115959Z\" ONE",
        "lee valid-before=\"202611301200Z\" ONE",
        "lee valid-before=\"202611301159\" ONE",
        "lee valid-after=\"20250101\",valid-before=\"20270101\" ONE",
        "lee valid-before=20270101 ONE",
        "lee valid-before=\"20270101\" namespaces=\"git\" ONE",
        "lee wrong=\"1\" ONE",
        "lee valid-before=\"soon\" ONE",
        "lee valid-before=\"20270101\",valid-before=\"20280101\" ONE",
        "# lee ONE",
        "dana ONE\nlee ONE",
        "lee valid-before=\"20200101\" ONE\nlee ONE",
        "lee namespaces=\"git\" ONE\n* ONE",
    ] {
        let whole = line.replace("ONE", &one).replace("TWO", &two);
        std::fs::write(&list, format!("{whole}\n")).unwrap();
        let theirs = ssh_verify(&list, "lee", "assay-approval", &sig, &text, "20261130120000Z");
        let at = When::at(NOW.parse().unwrap());
        // A list with a line that is none is refused as a whole.
        let ours = Signers::read(&list)
            .is_ok_and(|s| s.check("lee", &read, "assay-approval", b"{}\n", at).is_ok());
        assert_eq!(ours, theirs, "{line}");
        *(if theirs { &mut seen.0 } else { &mut seen.1 }) += 1;
    }
    assert!(seen.0 > 10 && seen.1 > 10, "{seen:?}");
    std::fs::remove_dir_all(dir).unwrap();
}
