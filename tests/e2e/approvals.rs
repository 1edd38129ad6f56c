//! Approvals that are signed: what counts, what does not, and that a changed letter is noticed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{assay, folder, json, lines, run, skip, text};

/// A folder with a key of each name, each allowed for the person whose name it has.
fn people(test: &str, name: &str, keys: &[(&str, &str)]) -> Option<PathBuf> {
    let dir = folder(name);
    let mut list = String::new();
    for (person, kind) in keys {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", kind, "-N", "", "-C", person, "-f"])
            .arg(dir.join(person))
            .stdin(Stdio::null())
            .status();
        if !made.is_ok_and(|s| s.success()) {
            skip(test, "ssh-keygen is not there");
            return None;
        }
        let public = fs::read_to_string(dir.join(format!("{person}.pub"))).expect("public key");
        list.push_str(&format!("{person} {public}"));
    }
    fs::write(dir.join("allowed_signers"), list).expect("written");
    Some(dir)
}

/// Judges the demo into a folder; its assessment and what it printed.
fn judged(dir: &Path, out: &str, more: &[&str]) -> (Value, String) {
    let ran = run(assay(dir).args(["demo", "--out", out]).args(more)).expect(&[1]);
    (json(&dir.join(out).join("assessment.json")), ran.stdout)
}

/// The status of a finding.
fn status(dir: &Path, out: &str, fingerprint: &str) -> String {
    let all = lines(&dir.join(out).join("findings.ndjson"));
    let found = all.iter().find(|f| text(f, "fingerprint") == fingerprint).expect("finding");
    text(found, "status").to_owned()
}

const SIGNERS: &str = "\n[approvals]\nallowed_signers = \"allowed_signers\"\n";

#[test]
fn a_changed_letter_brings_the_alert_back() {
    let test = "approvals::a_changed_letter_brings_the_alert_back";
    let keys = [("lee", "ed25519"), ("dana", "ed25519")];
    let Some(dir) = people(test, "approved", &keys) else { return };
    judged(&dir, "first", &[]);
    let findings = lines(&dir.join("first/findings.ndjson"));
    let open = findings.iter().find(|f| text(f, "status") == "fail").expect("a failure");
    let print = text(open, "fingerprint").to_owned();
    run(assay(&dir)
        .args(["waive", &print, "--from", "first", "--reason", "rebuilt every night"])
        .args(["--owner", "dana", "--approver", "lee", "--expires"])
        .arg(later()))
    .expect(&[0]);
    let config = dir.join("assay.toml");
    let plain = fs::read_to_string(&config).expect("written");
    run(assay(&dir).arg("approve")).expect(&[0]).says(&["all count"]);
    judged(&dir, "waived", &[]);
    assert_eq!(status(&dir, "waived", &print), "waived");

    fs::write(&config, format!("{plain}{SIGNERS}")).expect("written");
    run(assay(&dir).arg("approve")).expect(&[1]).says(&["does not count: it is not signed"]);
    let (_, said) = judged(&dir, "unsigned", &[]);
    assert_eq!(status(&dir, "unsigned", &print), "fail");
    assert!(said.contains("Approvals that do not count"), "{said}");

    // Another person's key is refused, and nothing is written.
    run(assay(&dir).args(["approve", "--as", "lee", "--key", "dana"]))
        .expect(&[2])
        .says(&["not allowed for lee, but for dana"]);
    assert!(!fs::read_to_string(&config).expect("read").contains("signature"));
    run(assay(&dir).args(["approve", "--as", "lee", "--key", "lee"]))
        .expect(&[0])
        .says(&["signed as lee"]);
    run(assay(&dir).arg("approve")).expect(&[0]).says(&["signed with SHA256:"]);
    let (a, _) = judged(&dir, "signed", &[]);
    assert_eq!(status(&dir, "signed", &print), "waived");
    assert_eq!(
        (text(&a["approvals"][0], "signing"), &a["approvals"][0]["counts"]),
        ("signed", &true.into())
    );
    run(assay(&dir).args(["verify", "signed", "--replay"])).expect(&[0]).says(&["byte by byte"]);

    // The layout is nobody's business; what it says is.
    let signed = fs::read_to_string(&config).expect("read");
    let turned = signed
        .replace("reason = \"rebuilt every night\"\n", "")
        .replace("[[waive]]\n", "# a comment\n[[waive]]\nreason = '''rebuilt every night'''\n");
    assert_ne!(turned, signed);
    fs::write(&config, &turned).expect("written");
    judged(&dir, "turned", &[]);
    assert_eq!(status(&dir, "turned", &print), "waived");
    fs::write(&config, signed.replace("every night", "every nighu")).expect("written");
    let (a, said) = judged(&dir, "changed", &[]);
    assert_eq!(status(&dir, "changed", &print), "fail");
    assert_eq!(text(&a["waivers"][0], "state"), "not_approved");
    assert!(said.contains("another text"), "{said}");
    run(assay(&dir).args(["verify", "changed", "--replay"])).expect(&[0]);

    // Whoever takes the list out of the file does not take it off the command line.
    fs::write(&config, plain).expect("written");
    judged(&dir, "flag", &["--allowed-signers", "allowed_signers"]);
    assert_eq!(status(&dir, "flag", &print), "fail");
}

/// A day half a year from now.
fn later() -> String {
    let out = Command::new("date").args(["-u", "-d", "+180 days", "+%F"]).output().expect("date");
    String::from_utf8(out.stdout).expect("text").trim().to_owned()
}

const ATTESTED: &str = "\
# What people say.
- framework: gdpr
  control: Art.34(1)
  statement: Everybody knows whom to tell.
  owner: dana
  approver: lee
  date: 2026-03-01
  valid_until: 2027-02-28

- framework: soc2_2017
  control: CC1.1
  statement: There is a code of conduct.
  owner: lee
  approver: dana
  date: 2026-03-01
  valid_until: 2027-02-28
";
const SOA: &str = "\
- {framework: iso27001_2022, control: A.5.1, applicable: true, justification: yes, approver: lee, approved: 2026-03-01}
- framework: iso27001_2022
  control: A.7.4
  applicable: false
  justification: there is no office
  approver: lee
  approved: 2026-03-01
";
const CHOICES: &str = "
[scope.gdpr]
roles = [\"processor\"]
reason = \"customers decide what is processed\"
approver = \"lee\"
approved = 2026-03-01

[[param]] # what only we can say
rule = \"AWS-S3-014\"
name = \"approved_regions\"
value = [\"eu-west-1\"]
reason = \"customers are in Europe\"
approver = \"lee\"
approved = 2026-03-01

[[leave_out]]
regions = [\"*\"]
reason = \"nothing of ours is there\"
approver = \"lee\"
approved = 2026-03-01
";

#[test]
fn every_kind_of_key_signs_every_kind_of_approval() {
    let test = "approvals::every_kind_of_key_signs_every_kind_of_approval";
    let Some(dir) = people(test, "kinds", &[("lee", "rsa"), ("dana", "ecdsa")]) else { return };
    fs::write(dir.join("attestations.yaml"), ATTESTED).expect("written");
    fs::write(dir.join("soa.yaml"), SOA).expect("written");
    fs::write(dir.join("assay.toml"), format!("{CHOICES}{SIGNERS}")).expect("written");
    let now = ["--now", "2026-11-30"];
    // A parameter that nobody signed is no parameter, and there is no other to take in its place.
    run(assay(&dir).arg("demo").args(now)).expect(&[2]).says(&[
        "approved_regions",
        "it is not signed",
        "^^^",
        "assay approve",
    ]);

    let list = run(assay(&dir).arg("approve")).expect(&[1]).stdout;
    let entries: Vec<&str> = list.lines().filter(|l| !l.starts_with(' ')).collect();
    let (last, entries) = entries.split_last().expect("entries");
    assert!(last.starts_with("6 approvals, 6 of them without effect"), "{list}");
    for line in entries {
        let id = line.split(' ').next().expect("id");
        let person = if line.contains("CC1.1") { "dana" } else { "lee" };
        let approval = dir.join("approval.json");
        let shown = run(assay(&dir).args(["approve", id, "--text"])).expect(&[0]).stdout;
        fs::write(&approval, shown).expect("written");
        let _ = fs::remove_file(dir.join("approval.json.sig"));
        let made = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-n", "assay-approval", "-f"])
            .arg(dir.join(person))
            .arg(&approval)
            .output()
            .expect("ssh-keygen");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        run(assay(&dir).args(["approve", id, "--signature", "approval.json.sig"]))
            .expect(&[0])
            .says(&[&format!("signed as {person}")]);
    }
    run(assay(&dir).arg("approve")).expect(&[0]).says(&["6 approvals, each counts"]);
    let attested = fs::read_to_string(dir.join("attestations.yaml")).expect("read");
    assert!(attested.starts_with("# What people say.\n"), "{attested}");

    let (a, said) = judged(&dir, "out", &now);
    assert!(!said.contains("Approvals that do not count"), "{said}");
    assert!(said.contains("GDPR: processor in scope, 27"), "{said}");
    for f in a["frameworks"].as_array().expect("frameworks") {
        let counts = f["counts"].as_object().expect("counts").values();
        let sum: u64 = counts.filter_map(Value::as_u64).sum();
        assert_eq!(sum, f["controls"].as_array().expect("controls").len() as u64, "{}", f["id"]);
    }
    let control = |framework: &str, id: &str| {
        let f = a["frameworks"].as_array().expect("frameworks").iter();
        let f = f.filter(|f| f["id"] == framework).flat_map(|f| f["controls"].as_array());
        f.flatten().find(|c| c["id"] == id).expect("control").clone()
    };
    let outside = control("gdpr", "Art.34(1)");
    assert_eq!((text(&outside, "status"), text(&outside, "basis")), ("not_applicable", "excluded"));
    assert_eq!(
        text(&outside, "reason"),
        "outside the roles in scope (processor): customers decide what is processed \
         (approved by lee on 2026-03-01)"
    );
    assert_ne!(text(&control("gdpr", "Art.33(2)"), "status"), "not_applicable");
    assert_eq!(text(&control("iso27001_2022", "A.7.4"), "status"), "not_applicable");
    assert_eq!(text(&control("soc2_2017", "CC1.1"), "basis"), "attested");
    run(assay(&dir).args(["verify", "out", "--replay"])).expect(&[0]).says(&["byte by byte"]);
}

#[test]
fn a_folder_is_signed_with_any_key() {
    let test = "approvals::a_folder_is_signed_with_any_key";
    let Some(dir) = people(test, "any-key", &[("lee", "ecdsa")]) else { return };
    judged(&dir, "out", &[]);
    run(assay(&dir).args(["sign", "out"])).expect(&[0]).says(&["ssh-keygen -Y sign -n assay"]);
    run(assay(&dir).args(["verify", "out"])).expect(&[1]).says(&["not all can be read"]);
    let made = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", "assay", "-f"])
        .arg(dir.join("lee"))
        .arg(dir.join("out/statement.intoto.json"))
        .output()
        .expect("ssh-keygen");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    run(assay(&dir).args(["verify", "out", "--allowed-signers", "allowed_signers"]))
        .expect(&[0])
        .says(&["signed by lee"]);
}
