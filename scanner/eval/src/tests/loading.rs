//! Mistakes in content are errors that name file, line and what to do.

use super::*;

/// The errors after a text in a rule was replaced.
fn errors_after(file: &str, from: &str, to: &str) -> String {
    let mut c = content();
    let text = c.get(file).unwrap().text.replace(from, to);
    assert_ne!(text, c.get(file).unwrap().text, "nothing was replaced");
    c.insert(file.to_owned(), text.into());
    let errors = Library::load(&c).unwrap_err();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

const STATUS: &str = "rules/aws/s3/status.rego";

#[test]
fn metadata_is_strict() {
    for (from, to, said) in [
        (
            "severity: high",
            "severity: grave",
            ":7: metadata: custom.severity: unknown variant `grave`",
        ),
        ("#   objective: a.b", "#   objektive: a.b", "unknown field `objektive`"),
        ("#   objective: a.b\n", "", "missing field `objective`"),
        ("objective: a.b", "objective: x.y", ":8: objective x.y is not in objectives.yaml"),
        ("id: AWS-S3-001", "id: AWS-S3-1", ":6: id `AWS-S3-1` is not <PROVIDER>-<SERVICE>-<NNN>"),
        ("id: AWS-S3-001", "id: GCP-S3-001", "does not belong in rules/aws"),
        ("id: AWS-S3-001", "id: AZ-STO-001", "move the file to rules/azure"),
        ("id: AWS-S3-001", "id: AWS-S3-002", "is taken by"),
        (
            "package rules.aws.s3.status",
            "package rules.aws.s3.other",
            "write `package rules.aws.s3.status`",
        ),
        ("resource: AWS::S3::Bucket", "resource: AWS::S3::Pail", "type AWS::S3::Pail has no file"),
        ("scope: package", "scope: rule", "write `scope: package`"),
        ("# METADATA\n", "", "no `# METADATA` block"),
        ("title: A weakness", "title: ''", "`title:` is empty"),
    ] {
        let errors = errors_after(STATUS, from, to);
        assert!(errors.contains(said), "{from} -> {to}: {errors}");
        assert!(errors.starts_with(STATUS) || errors.contains(STATUS), "{errors}");
    }
}

#[test]
fn related_and_params_are_checked() {
    let trails = "rules/aws/s3/trails.rego";
    for (from, to, said) in [
        (
            "facets: [IsLogging]",
            "facets: [Name]",
            "reads IsLogging of related AWS::CloudTrail::Trail without declaring it",
        ),
        ("facets: [IsLogging]", "facets: [Nope]", "has no facet Nope"),
        ("{type: AWS::CloudTrail::Trail", "{type: AWS::X::Y", "related type AWS::X::Y has no file"),
        ("[\"AWS::CloudTrail::Trail\"]", "[\"AWS::S3::Bucket\"]", "without declaring it"),
    ] {
        let errors = errors_after(trails, from, to);
        assert!(errors.contains(said), "{from} -> {to}: {errors}");
    }
    let grants = "rules/aws/s3/grants.rego";
    let errors = errors_after(grants, "description: Known people.}", "description: x, default: 7}");
    assert!(errors.contains("is not a list of texts"), "{errors}");
    let errors = errors_after(grants, "input.params.known", "input.params.unknown");
    assert!(errors.contains("reads param unknown without declaring it"), "{errors}");
}

#[test]
fn a_path_that_the_type_lacks_does_not_load() {
    for (from, to, said) in [
        ("input.properties.Status == null", "input.properties.State == null", "has no /State"),
        ("input.tags.exempt", "input.labels.exempt", "input.labels does not exist"),
        ("input.tags.exempt", "input.derived.exempt", "has no derived/exempt"),
        ("input.tags.exempt == \"yes\"", "data.lib.nope.yes", "data.lib.nope.yes is not there"),
    ] {
        let errors = errors_after(STATUS, from, to);
        assert!(errors.contains(said), "{from} -> {to}: {errors}");
    }
    // Through an alias and an iteration.
    let errors = errors_after("rules/aws/s3/grants.rego", "\"key\": g.Who", "\"key\": g.Whom");
    assert!(errors.contains("has no /Grants/*/Whom"), "{errors}");
}

#[test]
fn what_the_engines_do_not_take_does_not_load() {
    let errors = errors_after(STATUS, "pass if input", "pass iff input");
    assert!(errors.contains(STATUS), "{errors}");
    let errors =
        errors_after(STATUS, "input.properties.Status == \"on\"", "nope(input.properties.Status)");
    assert!(errors.contains(STATUS), "{errors}");
    let errors = errors_after(STATUS, "== \"on\"", "== \"on\" with input as {}");
    assert!(errors.contains("`with` is not available"), "{errors}");
}

#[test]
fn mappings_lead_somewhere() {
    let errors = errors_after("objectives.yaml", "control: C1", "control: C9");
    assert!(errors.contains("f C9, which is no control"), "{errors}");
    let errors =
        errors_after("frameworks/f.yaml", "assessability: automated", "assessability: manual");
    assert!(errors.contains("is manual, no rule can decide it"), "{errors}");
}

#[test]
fn parts_of_a_framework_and_of_its_controls_agree() {
    let head = "controls: [";
    let with = |parts: &str, of: &str| {
        let new = format!("{parts}{head}{{id: C0, title: T, assessability: manual, why: w{of}}}, ");
        errors_after("frameworks/f.yaml", head, &new)
    };
    let parts = "parted_by: roles\nparts: [{id: a, title: A}, {id: b, title: B}]\n";
    for (parts, of, said) in [
        (parts, ", parts: [c]", "C0 is of the part c, which is not listed"),
        (parts, ", parts: [a]", "no control is of the part b"),
        (parts, ", parts: [a, b]", "C1 names none of the framework's parts"),
        ("parts: [{id: a, title: A}]\n", ", parts: [a]", "`parted_by` and `parts` go together"),
        ("parted_by: roles\n", "", "`parted_by` and `parts` go together"),
        (
            "parted_by: roles\nparts: [{id: a, title: A}, {id: a, title: B}]\n",
            ", parts: [a]",
            "part a is listed twice",
        ),
    ] {
        let errors = with(parts, of);
        assert!(errors.contains(said), "{parts}{of}: {errors}");
    }
}

#[test]
fn reads_go_through_helpers_and_over_approximate() {
    let mut c = content();
    c.insert(
        "lib/help.rego".into(),
        "package lib.help\nimport rego.v1\nbare if input.properties.Other == \"x\"\nany_tag(o) if o.tags[_] == \"y\"\n".into(),
    );
    let body = r#"import data.lib.help

helper if help.bare

pass if helper

fail contains {"message": "m", "at": ""} if help.any_tag(input)
"#;
    c.insert(STATUS.into(), rule("AWS-S3-001", "AWS::S3::Bucket", "", "status", body).into());
    let library = Library::load(&c).unwrap();
    let reads = library.rule("AWS-S3-001").unwrap().info().reads;
    // Passing the whole input claims everything.
    assert_eq!(reads, ["/*", "/Other", "tags", "derived/secrets"]);
    let status = Library::load(&content()).unwrap();
    let status = status.rule("AWS-S3-001").unwrap();
    assert_eq!(
        status.reads.not_applicable.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["tags"]
    );
    assert_eq!(
        status.reads.judgement.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["/Status"]
    );
}

#[test]
fn parameters_are_checked() {
    let library = library();
    let wrong = std::collections::BTreeMap::from([("known".to_owned(), json!("me"))]);
    let e = RuleSet::new(&library, &Params::from([("*".to_owned(), wrong)])).unwrap_err();
    assert!(e.to_string().contains("known of AWS-S3-003 is not a list of texts"), "{e}");
    let e = RuleSet::new(
        &library,
        &Params::from([("AWS-S3-001".to_owned(), [("known".to_owned(), json!([]))].into())]),
    );
    assert!(e.unwrap_err().to_string().contains("AWS-S3-001 takes no parameter known"));
}

#[test]
fn a_retired_id_is_never_used_again() {
    let mut c = content();
    let row = |replaced: &str| {
        format!("- id: AWS-S3-001\n  title: T\n  reason: R\n  replaced_by: [{replaced}]\n")
    };
    c.insert("tombstones.yaml".to_owned(), row("AWS-S3-002").into());
    let said = |c: &Content| {
        let errors = Library::load(c).unwrap_err();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let errors = said(&c);
    assert!(errors.starts_with(&format!("{STATUS}:6: AWS-S3-001 (T) was retired: R")), "{errors}");
    assert!(errors.contains("assay explain AWS-S3-002"), "{errors}");
}

#[test]
fn what_replaces_a_retired_rule_is_there() {
    let library = Library::load(&Content::embedded()).unwrap();
    // Loading leaves out to compile what is built in; this is where it is.
    RuleSet::new(&library, &Params::new()).unwrap().compile().unwrap();
    assert!(!library.retired.is_empty());
    for r in &library.retired {
        for id in &r.replaced_by {
            assert!(library.rule(id).is_some(), "{} is replaced by {id}, which is no rule", r.id);
        }
    }
}
