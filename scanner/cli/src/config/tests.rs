//! What a configuration may say, and where its mistakes are underlined.

use assay_core::framework::Part;
use assay_core::rule::ParamType;
use assay_snapshot::seal;

use super::*;

/// As a judgement of 30 November reads it.
fn strict() -> Load<'static> {
    Load { signers: None, today: Some("2026-11-30".parse().unwrap()) }
}

fn known() -> Known {
    Known {
        params: [("AWS-S3-009".to_owned(), [("days".to_owned(), ParamType::Integer)].into())]
            .into(),
        retired: [("AWS-S3-001".to_owned(), "AWS-S3-001 was retired".to_owned())].into(),
        controls: [("gdpr".to_owned(), ["Art.32(1)(a)".to_owned()].into())].into(),
        parts: [("gdpr".to_owned(), ("roles".to_owned(), roles()))].into(),
    }
}

fn roles() -> Vec<Part> {
    ["controller", "processor"]
        .map(|id| Part { id: id.to_owned(), title: String::new(), always: false })
        .to_vec()
}

fn message(text: &str) -> String {
    parse("assay.toml", text, &known(), strict()).unwrap_err().to_string()
}

const WAIVER: &str = r#"
[[waive]]
rule = "AWS-S3-009"
resource = "arn:aws:s3:::logs-*"
reason = "rebuilt every night"
owner = "dana"
approver = "lee"
approved = 2026-01-01
expires = 2026-06-30
"#;

#[test]
fn a_good_waiver_is_taken() {
    let c = parse("assay.toml", WAIVER, &known(), strict()).unwrap();
    assert_eq!(c.tailoring.waivers.len(), 1);
}

#[test]
fn days_are_dates_or_texts() {
    let quoted = WAIVER.replace("2026-06-30", "\"2026-06-30\"");
    assert!(parse("assay.toml", &quoted, &known(), strict()).is_ok());
    let m = message(&WAIVER.replace("2026-06-30", "\"2026-02-30\""));
    assert!(m.contains("no day") && m.contains('^'), "{m}");
}

#[test]
fn a_missing_field_is_underlined() {
    let m = message(&WAIVER.replace("owner = \"dana\"\n", ""));
    assert!(m.contains("missing field `owner`") && m.contains("assay.toml:2"), "{m}");
    assert!(m.contains('^'), "{m}");
}

#[test]
fn nobody_approves_his_own_waiver() {
    assert!(message(&WAIVER.replace("lee", "Dana")).contains("another person"));
}

#[test]
fn a_waiver_lives_a_year_at_most() {
    assert!(message(&WAIVER.replace("2026-06-30", "2027-06-30")).contains("365"));
}

#[test]
fn unknown_keys_rules_and_parameters_are_errors() {
    assert!(message("colour = 1").contains("unknown field"));
    assert!(message(&WAIVER.replace("S3-009", "S3-999")).contains("no rule has the id"));
    assert!(message("[params.AWS-S3-009]\nweeks = 1").contains("no parameter weeks"));
    assert!(parse("a", "[params.AWS-S3-009]\ndays = 1", &known(), strict()).is_ok());
}

/// The line that is underlined, and the text under which the marks stand.
fn underlined(message: &str) -> String {
    let lines: Vec<&str> = message.lines().collect();
    let [.., line, marks] = lines.as_slice() else { panic!("{message}") };
    let at = marks.find('^').unwrap();
    line.get(at..at + marks.matches('^').count()).unwrap().to_owned()
}

#[test]
fn the_field_is_underlined_not_its_table() {
    for (from, to, field) in [
        ("lee", "dana", "\"dana\""),
        ("S3-009", "S3-999", "\"AWS-S3-999\""),
        ("S3-009", "S3-001", "\"AWS-S3-001\""),
        ("2026-06-30", "2025-06-30", "2025-06-30"),
        ("2026-06-30", "2027-06-30", "2027-06-30"),
        ("rebuilt every night", " ", "\" \""),
    ] {
        let m = message(&WAIVER.replace(from, to));
        assert_eq!(underlined(&m), field, "{m}");
    }
}

#[test]
fn a_parameter_of_another_type_is_underlined_in_its_own_file() {
    for (text, place) in [
        ("[params.AWS-S3-009]\ndays = \"ten\"", "mine.toml:2:8"),
        ("[params.\"*\"]\n\ndays = [1]", "mine.toml:3:8"),
    ] {
        let m = parse("mine.toml", text, &known(), strict()).unwrap_err().to_string();
        assert!(m.contains("days must be a whole number") && m.contains(place), "{m}");
        assert!(m.contains('^') && !m.contains("assay.toml"), "{m}");
    }
}

#[test]
fn a_retired_id_says_so() {
    let m = message(&WAIVER.replace("S3-009", "S3-001"));
    assert!(m.contains("was retired") && m.contains('^'), "{m}");
    let m = message("[params.AWS-S3-001]\ndays = 1");
    assert!(m.contains("was retired") && underlined(&m) == "AWS-S3-001", "{m}");
}

#[test]
fn syntax_errors_show_the_place() {
    let m = message("fail_on = \"high\"\nwaive = [");
    assert!(m.contains("assay.toml:2"), "{m}");
}

/// A folder with a list of signers, and its configuration's name.
fn signed_folder(name: &str) -> (std::path::PathBuf, String) {
    let dir = std::env::temp_dir().join(format!("assay-config-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    let lee = seal::Key::from_seed(&[1; 32]).public().unwrap();
    std::fs::write(dir.join("signers"), format!("lee {lee}\n")).unwrap();
    let config = dir.join("assay.toml").display().to_string();
    (dir, config)
}

const CHOICES: [(&str, &str, &str); 2] = [
    (
        "param",
        "rule = \"AWS-S3-009\"\nname = \"days\"\nvalue = 30\n",
        "parameter AWS-S3-009.days = 30",
    ),
    ("deselect", "rule = \"AWS-S3-009\"\n", "deselected rule AWS-S3-009"),
];

#[test]
fn parameters_and_deselections_are_refused_until_their_approver_signs() {
    let (dir, name) = signed_folder("choices");
    let approvals = "[approvals]\nallowed_signers = \"signers\"\n";
    for (table, fields, subject) in CHOICES {
        let entry = format!(
            "[[{table}]]\n{fields}reason = \"r\"\napprover = \"lee\"\napproved = 2026-01-02\n"
        );
        assert!(parse(&name, &entry, &known(), strict()).is_ok(), "nobody has to sign");
        let text = format!("{entry}{approvals}");
        let lenient = Load { today: None, ..strict() };
        let t = parse(&name, &text, &known(), lenient).unwrap().tailoring;
        let to_sign = t.approvals().remove(0).text.unwrap();
        let put = |signature: &str| {
            let places = Places::read(&name, &text).unwrap();
            places.with(&[Key(table), Item(0)], "signature", signature).unwrap()
        };
        let by = |n: u8, namespace: &str| {
            let key = seal::Key::from_seed(&[n; 32]);
            let armoured = seal::sign_text(&key, namespace, &to_sign).unwrap();
            put(&seal::Signature::one_line(&armoured).unwrap())
        };
        let refused = |text: &str, why: &str| {
            let m = parse(&name, text, &known(), strict()).unwrap_err().to_string();
            assert!(m.contains(subject) && m.contains(why) && m.contains('^'), "{m}");
            assert!(m.contains("assay approve"), "{m}");
            m
        };
        let good = by(1, "assay-approval");
        assert!(parse(&name, &good, &known(), strict()).is_ok(), "{good}");
        let place = if table == "param" { "\"days\"" } else { "\"AWS-S3-009\"" };
        assert_eq!(underlined(&refused(&text, "it is not signed")), place);
        refused(&good.replace("\"r\"", "\"s\""), "another text");
        refused(&by(2, "assay-approval"), "not among the allowed signers");
        refused(&by(1, "assay"), "namespace");
        refused(&good.replace("01-02", "01-03"), "another text");
        std::fs::write(
            dir.join("signers"),
            format!(
                "lee valid-before=\"20260101\" {}\n",
                seal::Key::from_seed(&[1; 32]).public().unwrap()
            ),
        )
        .unwrap();
        refused(&good, "was valid until");
        let lee = seal::Key::from_seed(&[1; 32]).public().unwrap();
        std::fs::write(dir.join("signers"), format!("lee {lee}\n")).unwrap();
    }
    let bare = format!("[params.AWS-S3-009]\ndays = 1\n{approvals}");
    let m = parse(&name, &bare, &known(), strict()).unwrap_err().to_string();
    assert!(m.contains("write it as [[param]]") && underlined(&m) == "days", "{m}");
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_list_of_signers_that_cannot_be_used_is_underlined() {
    let (dir, name) = signed_folder("lists");
    std::fs::write(dir.join("bad"), "lee ssh-ed25519 AAAA\n").unwrap();
    for (file, why) in [("none", "cannot read the allowed signers"), ("bad", "bad:1: ")] {
        let text = format!("fail_on = \"high\"\n[approvals]\nallowed_signers = \"{file}\"\n");
        let m = parse(&name, &text, &known(), strict()).unwrap_err().to_string();
        assert!(m.contains(why) && underlined(&m) == format!("\"{file}\""), "{m}");
    }
    // A list on the command line takes the place of the file's.
    let list = dir.join("signers");
    let how = Load { signers: Some(&list), ..strict() };
    let t = parse(&name, "[approvals]\nallowed_signers = \"none\"\n", &known(), how).unwrap();
    assert!(t.tailoring.allowed_signers.is_some());
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn scopes_name_parts_that_exist_in_the_frameworks_own_word() {
    let scope = |fields: &str| {
        format!(
            "[scope.gdpr]\n{fields}\nreason = \"r\"\napprover = \"lee\"\napproved = 2026-01-02\n"
        )
    };
    let good = parse("assay.toml", &scope("roles = [\"processor\"]"), &known(), strict());
    assert_eq!(good.unwrap().tailoring.scope[0].parts, ["processor"]);
    for (fields, why, place) in [
        ("roles = [\"owner\"]", "no owner among its roles: controller, processor", "[\"owner\"]"),
        ("roles = []", "none of the roles would be in scope", "[]"),
        ("categories = [\"security\"]", "gdpr has roles, not categories", "[\"security\"]"),
        ("", "name the roles that are in scope", "gdpr"),
    ] {
        let m = message(&scope(fields));
        assert!(m.contains(why) && underlined(&m) == place, "{m}");
    }
    let m = message(&scope("roles = [\"processor\"]").replace("gdpr", "iso"));
    assert!(m.contains("no framework iso"), "{m}");
    let m = message(&scope("roles = [\"processor\"]").replace("\"r\"", "\"\""));
    assert!(m.contains("reason"), "{m}");
}

#[test]
fn a_choice_is_made_once() {
    let approved = "reason = \"r\"\napprover = \"lee\"\napproved = 2026-01-02\n";
    let floor = format!("[[floor]]\nframework = \"gdpr\"\nseverity = \"high\"\n{approved}");
    assert!(message(&format!("{floor}{floor}")).contains("has a floor already"));
    let param = format!("[[param]]\nrule = \"AWS-S3-009\"\nname = \"days\"\nvalue = 1\n{approved}");
    assert!(message(&format!("{param}{param}")).contains("is set already"));
    let m = message(&format!("{param}[params.AWS-S3-009]\ndays = 2\n"));
    assert!(m.contains("is set already"), "{m}");
    let m = message(&param.replace("value = 1", "value = \"x\""));
    assert!(m.contains("must be a whole number") && underlined(&m) == "\"x\"", "{m}");
    let out = format!("[[leave_out]]\n{approved}");
    assert!(message(&out).contains("name the `regions`"));
    let m = message(
        &out.replace("[[leave_out]]\n", "[[leave_out]]\nregions = [\"a\"]\nservices = [\"b\"]\n"),
    );
    assert!(m.contains("takes one of"), "{m}");
}
