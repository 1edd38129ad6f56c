//! Signing an output folder, and proving later that nothing changed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{assay, folder, run, skip};

/// A demo folder and a key beside it.
fn signed(test: &str, name: &str) -> Option<std::path::PathBuf> {
    let dir = folder(name);
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "dana", "-f"])
        .arg(dir.join("key"))
        .stdin(Stdio::null())
        .status();
    if !made.is_ok_and(|s| s.success()) {
        skip(test, "ssh-keygen is not there");
        return None;
    }
    run(assay(&dir).args(["demo", "--quiet", "--fail-on", "none", "--format", "html,csv,oscal"]))
        .expect(&[0, 3]);
    run(assay(&dir).args(["sign", "assay-out", "--key", "key"])).expect(&[0]).says(&["signed"]);
    Some(dir)
}

/// What `assay verify` says of a copy of the folder in which something was changed.
fn after(dir: &Path, change: impl FnOnce(&Path)) -> crate::support::Ran {
    let copy = dir.join("copy");
    let _ = fs::remove_dir_all(&copy);
    let done = Command::new("cp").arg("-a").arg(dir.join("assay-out")).arg(&copy).status();
    assert!(done.expect("cp").success());
    change(&copy);
    run(assay(dir).args(["verify", "copy"]))
}

#[test]
fn a_signature_holds_until_a_byte_changes() {
    let Some(dir) = signed("seal::a_signature_holds_until_a_byte_changes", "seal") else { return };
    let public = fs::read_to_string(dir.join("key.pub")).expect("public key");
    fs::write(dir.join("signers"), format!("dana@example.com {public}")).expect("written");
    fs::write(dir.join("nobody"), "").expect("written");
    run(assay(&dir).args(["verify", "assay-out"])).expect(&[0]).says(&["signed by SHA256:"]);
    run(assay(&dir).args(["verify", "assay-out", "--allowed-signers", "signers"]))
        .expect(&[0])
        .says(&["signed by dana@example.com"]);
    run(assay(&dir).args(["verify", "assay-out", "--allowed-signers", "nobody"]))
        .expect(&[1])
        .says(&["not among the allowed signers"]);

    // Without this program.
    let theirs = Command::new("ssh-keygen")
        .args(["-Y", "verify", "-I", "dana@example.com", "-n", "assay", "-f"])
        .arg(dir.join("signers"))
        .arg("-s")
        .arg(dir.join("assay-out/statement.intoto.json.sig"))
        .stdin(fs::File::open(dir.join("assay-out/statement.intoto.json")).expect("statement"))
        .output()
        .expect("ssh-keygen");
    assert!(theirs.status.success(), "{}", String::from_utf8_lossy(&theirs.stderr));

    // One byte, anywhere; and whoever mends the digests beside it.
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).expect("file");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(path, bytes).expect("written");
    };
    for name in [
        "report.html",
        "findings.csv",
        "verdicts.ndjson.zst",
        "rules.ndjson.zst",
        "statement.intoto.json",
        "statement.dsse.json",
        "snapshot/calls.ndjson",
        "snapshot/manifest.json",
    ] {
        after(&dir, |copy| flip(&copy.join(name))).expect(&[1]).says(&["MISMATCH"]);
    }
    after(&dir, |copy| {
        let page = copy.join("report.html");
        let old = fs::read(&page).expect("page");
        fs::write(&page, [&old[..], b" "].concat()).expect("written");
        let sha = |bytes: &[u8]| {
            use sha2::Digest as _;
            sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>()
        };
        let marker = copy.join(".assay-output");
        let text = fs::read_to_string(&marker).expect("marker");
        let mended = text.replace(&sha(&old), &sha(&[&old[..], b" "].concat()));
        assert_ne!(text, mended);
        fs::write(marker, mended).expect("written");
    })
    .expect(&[1])
    .says(&["report.html is not what was signed"]);
    after(&dir, |copy| fs::remove_file(copy.join("statement.intoto.json.sig")).expect("removed"))
        .expect(&[1])
        .says(&["not all can be read"]);

    // Nothing that is signed is overwritten, and nothing is signed twice.
    run(assay(&dir).args(["demo", "--quiet"])).expect(&[2]).says(&["is signed", "--out"]);
    run(assay(&dir).args(["sign", "assay-out", "--key", "key"])).expect(&[2]).says(&["already"]);
}

#[test]
fn what_was_judged_can_be_judged_again() {
    let dir = folder("replay");
    for which in ["findings", "all"] {
        run(assay(&dir).args([
            "demo",
            "--quiet",
            "--fail-on",
            "none",
            "--verdicts",
            which,
            "--format",
            "sarif,html,csv,junit",
        ]))
        .expect(&[0, 3]);
        run(assay(&dir).args(["verify", "assay-out", "--replay"]))
            .expect(&[0])
            .says(&["judged again", "byte by byte"]);
    }
    // A folder whose files agree with each other, but not with its snapshot.
    let out = dir.join("assay-out");
    let csv = out.join("findings.csv");
    let old = fs::read_to_string(&csv).expect("csv");
    let new = old.replacen(",high,fail,", ",low,pass,", 1);
    assert_ne!(old, new);
    fs::write(&csv, &new).expect("written");
    let sha = |text: &str| {
        use sha2::Digest as _;
        let hash = sha2::Sha256::digest(text.as_bytes());
        hash.iter().map(|b| format!("{b:02x}")).collect::<String>()
    };
    let marker = out.join(".assay-output");
    let text = fs::read_to_string(&marker).expect("marker");
    fs::write(&marker, text.replace(&sha(&old), &sha(&new))).expect("written");
    run(assay(&dir).args(["verify", "assay-out"])).expect(&[0]);
    run(assay(&dir).args(["verify", "assay-out", "--replay"]))
        .expect(&[1])
        .says(&["findings.csv is not what the snapshot and the rules give"]);
    run(assay(&dir).args(["verify", "assay-out/snapshot", "--replay"]))
        .expect(&[2])
        .says(&["nothing was judged in it"]);
}
