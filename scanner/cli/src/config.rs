//! `assay.toml`: parsed strictly, with the place underlined where something is wrong.

mod check;
mod ledger;
pub(crate) mod people;
mod place;

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::Severity;
use assay_core::tailoring::{
    AcceptGap, Approval, Date, Deselected, ExcludedControl, Floor, Tailoring, Waiver,
};
use serde::Deserialize;
use serde_json::Value;

use crate::args::FailOn;
use crate::exit::Usage;
pub(crate) use check::Known;
use check::{
    Wrong, approved, check_exclusion, check_framework, check_gap, check_params, check_waiver,
};
pub(crate) use ledger::{LedgerPlan, load as load_ledger};
use place::Places;
use place::Step::{Item, Key};

/// The file, as its author wrote it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
struct File {
    fail_on: Option<FailOn>,
    #[serde(default)]
    aws: AwsSection,
    #[serde(default)]
    azure: AzureSection,
    ledger: Option<ledger::Section>,
    #[serde(default)]
    params: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    waive: Vec<Waiver>,
    #[serde(default)]
    accept_gap: Vec<AcceptGap>,
    #[serde(default)]
    deselect: Vec<FlatDeselected>,
    #[serde(default)]
    exclude_control: Vec<FlatExcluded>,
    #[serde(default)]
    floor: Vec<FlatFloor>,
}

// The same as the core types, but flat: `deny_unknown_fields` and `flatten` exclude each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatDeselected {
    rule: String,
    reason: String,
    approver: String,
    #[serde(deserialize_with = "assay_core::tailoring::day")]
    approved: Date,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatExcluded {
    framework: String,
    control: String,
    reason: String,
    approver: String,
    #[serde(deserialize_with = "assay_core::tailoring::day")]
    approved: Date,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FlatFloor {
    framework: String,
    severity: Severity,
    reason: String,
    approver: String,
    #[serde(deserialize_with = "assay_core::tailoring::day")]
    approved: Date,
}

/// The `[aws]` table: defaults for `scan aws` and `collect aws`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "read by the aws feature"))]
pub(crate) struct AwsSection {
    /// As `--profile`.
    pub(crate) profile: Option<String>,
    /// As `--region`.
    #[serde(default)]
    pub(crate) regions: Vec<String>,
    /// As `--exclude-region`.
    #[serde(default)]
    pub(crate) exclude_regions: Vec<String>,
    /// As `--exclude-service`.
    #[serde(default)]
    pub(crate) exclude_services: Vec<String>,
    /// As the opposite of `--no-generate-credential-report`.
    pub(crate) generate_credential_report: Option<bool>,
}

/// The `[azure]` table: defaults for `scan azure` and `collect azure`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "azure"), expect(dead_code, reason = "read by the azure feature"))]
pub(crate) struct AzureSection {
    /// As `--cloud`.
    pub(crate) cloud: Option<String>,
    /// As `--subscription`.
    #[serde(default)]
    pub(crate) subscriptions: Vec<String>,
    /// As `--management-group`.
    pub(crate) management_group: Option<String>,
    /// As `--exclude-service`.
    #[serde(default)]
    pub(crate) exclude_services: Vec<String>,
}

/// A checked configuration.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Threshold of exit code 1.
    pub(crate) fail_on: Option<FailOn>,
    /// Defaults for AWS.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "read by the aws feature"))]
    pub(crate) aws: AwsSection,
    /// Defaults for Azure.
    #[cfg_attr(not(feature = "azure"), expect(dead_code, reason = "read by the azure feature"))]
    pub(crate) azure: AzureSection,
    /// The ledger.
    pub(crate) ledger: Option<LedgerPlan>,
    /// All that changes a verdict.
    pub(crate) tailoring: Tailoring,
}

/// Reads the named file, or `assay.toml` in the current folder where there is one.
///
/// # Errors
/// [`Usage`] with the line underlined: syntax, unknown keys, unknown ids, a waiver without owner…
pub(crate) fn load(path: Option<&Path>, known: &Known) -> Result<Config, Usage> {
    let default = Path::new("assay.toml");
    let path = match path {
        Some(p) => p,
        None if default.exists() => default,
        None => return Ok(Config::default()),
    };
    let text = std::fs::read_to_string(path).map_err(|e| {
        Usage::new(
            format!("cannot read configuration {}: {e}", path.display()),
            "name an existing file with --config, or leave it out",
        )
    })?;
    parse(&path.display().to_string(), &text, known)
}

/// `assay.toml` in the current folder without what judges, for a step that judges nothing: ids are
/// not looked up.
///
/// # Errors
/// [`Usage`] with the line underlined.
#[cfg(clouds)]
pub(crate) fn load_clouds() -> Result<Config, Usage> {
    let Ok(text) = std::fs::read_to_string("assay.toml") else { return Ok(Config::default()) };
    let file = read("assay.toml", &text)?.0;
    Ok(Config { aws: file.aws, azure: file.azure, ..Config::default() })
}

/// The file and the places in it, as far as its shape goes.
fn read<'a>(name: &'a str, text: &'a str) -> Result<(File, Places<'a>), Usage> {
    let places = Places::read(name, text)?;
    let file = toml::from_str(text).map_err(|e| places.error(e.span(), e.message()))?;
    Ok((file, places))
}

fn parse(name: &str, text: &str, known: &Known) -> Result<Config, Usage> {
    let (file, places) = read(name, text)?;
    check_params(&file.params, known, &places)?;
    let each = |table: &'static str, n: usize, found: Result<(), Wrong>| {
        found.map_err(|(field, m)| places.at_value(&[Key(table), Item(n), Key(field)], &m))
    };
    for (n, w) in file.waive.iter().enumerate() {
        each("waive", n, check_waiver(w, known))?;
    }
    for (n, g) in file.accept_gap.iter().enumerate() {
        each("accept_gap", n, check_gap(g))?;
    }
    for (n, d) in file.deselect.iter().enumerate() {
        each("deselect", n, known.rule(&d.rule).and(approved(&d.reason, &d.approver)))?;
    }
    for (n, x) in file.exclude_control.iter().enumerate() {
        each("exclude_control", n, check_exclusion(x, known))?;
        each("exclude_control", n, approved(&x.reason, &x.approver))?;
    }
    for (n, f) in file.floor.iter().enumerate() {
        each("floor", n, check_framework(&f.framework, known))?;
        each("floor", n, approved(&f.reason, &f.approver))?;
    }
    Ok(Config {
        fail_on: file.fail_on,
        ledger: file.ledger.as_ref().map(|l| l.plan(name, &places)).transpose()?,
        aws: file.aws.clone(),
        azure: file.azure.clone(),
        tailoring: tailoring(file),
    })
}

fn tailoring(file: File) -> Tailoring {
    let approval = |reason, approver, approved| Approval { reason, approver, approved };
    Tailoring {
        params: file.params,
        deselected: file
            .deselect
            .into_iter()
            .map(|d| Deselected {
                rule: d.rule,
                approval: approval(d.reason, d.approver, d.approved),
            })
            .collect(),
        floors: file
            .floor
            .into_iter()
            .map(|f| Floor {
                framework: f.framework,
                severity: f.severity,
                approval: approval(f.reason, f.approver, f.approved),
            })
            .collect(),
        excluded: file
            .exclude_control
            .into_iter()
            .map(|x| ExcludedControl {
                framework: x.framework,
                control: x.control,
                approval: approval(x.reason, x.approver, x.approved),
            })
            .collect(),
        waivers: file.waive,
        accepted_gaps: file.accept_gap,
        attestations: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use assay_core::rule::ParamType;

    use super::*;

    fn known() -> Known {
        Known {
            params: [("AWS-S3-009".to_owned(), [("days".to_owned(), ParamType::Integer)].into())]
                .into(),
            retired: [("AWS-S3-001".to_owned(), "AWS-S3-001 was retired".to_owned())].into(),
            controls: [("gdpr".to_owned(), ["Art.32(1)(a)".to_owned()].into())].into(),
        }
    }

    fn message(text: &str) -> String {
        parse("assay.toml", text, &known()).unwrap_err().to_string()
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
        let c = parse("assay.toml", WAIVER, &known()).unwrap();
        assert_eq!(c.tailoring.waivers.len(), 1);
    }

    #[test]
    fn days_are_dates_or_texts() {
        let quoted = WAIVER.replace("2026-06-30", "\"2026-06-30\"");
        assert!(parse("assay.toml", &quoted, &known()).is_ok());
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
        assert!(parse("a", "[params.AWS-S3-009]\ndays = 1", &known()).is_ok());
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
            let m = parse("mine.toml", text, &known()).unwrap_err().to_string();
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
}
