//! `assay.toml`: parsed strictly, with the place underlined where something is wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use assay_core::Severity;
use assay_core::tailoring::{
    AcceptGap, Approval, Date, Deselected, ExcludedControl, Floor, Tailoring, Waiver,
};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;

use crate::args::FailOn;
use crate::exit::Usage;

/// Longest life of a waiver, in days.
const WAIVER_DAYS: i64 = 365;

/// The file, as its author wrote it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
struct File {
    fail_on: Option<FailOn>,
    #[serde(default)]
    aws: AwsSection,
    #[serde(default)]
    params: BTreeMap<String, BTreeMap<String, Value>>,
    #[serde(default)]
    waive: Vec<Spanned<Waiver>>,
    #[serde(default)]
    accept_gap: Vec<Spanned<AcceptGap>>,
    #[serde(default)]
    deselect: Vec<Spanned<FlatDeselected>>,
    #[serde(default)]
    exclude_control: Vec<Spanned<FlatExcluded>>,
    #[serde(default)]
    floor: Vec<Spanned<FlatFloor>>,
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

/// A checked configuration.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// Threshold of exit code 1.
    pub(crate) fail_on: Option<FailOn>,
    /// Defaults for AWS.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "read by the aws feature"))]
    pub(crate) aws: AwsSection,
    /// All that changes a verdict.
    pub(crate) tailoring: Tailoring,
}

/// Ids that a configuration may name.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Rule ids.
    pub(crate) rules: BTreeSet<String>,
    /// Parameter names by rule id.
    pub(crate) params: BTreeMap<String, BTreeSet<String>>,
    /// Control ids by framework id.
    pub(crate) controls: BTreeMap<String, BTreeSet<String>>,
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

fn parse(name: &str, text: &str, known: &Known) -> Result<Config, Usage> {
    let file: File = toml::from_str(text).map_err(|e| match e.span() {
        Some(span) => underline(name, text, span, e.message()),
        None => Usage::plain(format!("{name}: {}", e.message())),
    })?;
    let err = |span: Range<usize>, message: &str| underline(name, text, span, message);
    for (rule, params) in &file.params {
        let span = || text.find(rule.as_str()).map_or(0..0, |i| i..i + rule.len());
        if rule != "*" && !known.rules.contains(rule) {
            return Err(err(span(), &format!("no rule has the id {rule}")));
        }
        for p in params.keys() {
            let declared = match known.params.get(rule) {
                Some(names) => names.contains(p),
                None => rule == "*" && known.params.values().any(|names| names.contains(p)),
            };
            if !declared {
                return Err(err(span(), &format!("rule {rule} has no parameter {p}")));
            }
        }
    }
    for w in &file.waive {
        check_waiver(w.get_ref(), known).map_err(|m| err(w.span(), &m))?;
    }
    for g in &file.accept_gap {
        check_gap(g.get_ref()).map_err(|m| err(g.span(), m))?;
    }
    for d in &file.deselect {
        if !known.rules.contains(&d.get_ref().rule) {
            return Err(err(d.span(), &format!("no rule has the id {}", d.get_ref().rule)));
        }
    }
    for x in &file.exclude_control {
        let x_ref = x.get_ref();
        let ok = known.controls.get(&x_ref.framework).is_some_and(|c| c.contains(&x_ref.control));
        if !ok {
            return Err(err(
                x.span(),
                &format!("framework {} has no control {}", x_ref.framework, x_ref.control),
            ));
        }
    }
    for f in &file.floor {
        if !known.controls.contains_key(&f.get_ref().framework) {
            return Err(err(f.span(), &format!("no framework {}", f.get_ref().framework)));
        }
    }
    Ok(Config { fail_on: file.fail_on, aws: file.aws.clone(), tailoring: tailoring(file) })
}

fn tailoring(file: File) -> Tailoring {
    let approval = |reason, approver, approved| Approval { reason, approver, approved };
    Tailoring {
        params: file.params,
        deselected: file
            .deselect
            .into_iter()
            .map(Spanned::into_inner)
            .map(|d| Deselected {
                rule: d.rule,
                approval: approval(d.reason, d.approver, d.approved),
            })
            .collect(),
        floors: file
            .floor
            .into_iter()
            .map(Spanned::into_inner)
            .map(|f| Floor {
                framework: f.framework,
                severity: f.severity,
                approval: approval(f.reason, f.approver, f.approved),
            })
            .collect(),
        excluded: file
            .exclude_control
            .into_iter()
            .map(Spanned::into_inner)
            .map(|x| ExcludedControl {
                framework: x.framework,
                control: x.control,
                approval: approval(x.reason, x.approver, x.approved),
            })
            .collect(),
        waivers: file.waive.into_iter().map(Spanned::into_inner).collect(),
        accepted_gaps: file.accept_gap.into_iter().map(Spanned::into_inner).collect(),
    }
}

fn check_waiver(w: &Waiver, known: &Known) -> Result<(), String> {
    for (field, value) in [
        ("reason", &w.reason),
        ("owner", &w.owner),
        ("approver", &w.approver),
        ("resource", &w.resource),
    ] {
        if value.trim().is_empty() {
            return Err(format!("a waiver needs a {field} that is not empty"));
        }
    }
    if !known.rules.contains(&w.rule) {
        return Err(format!("no rule has the id {}", w.rule));
    }
    if w.owner.trim().eq_ignore_ascii_case(w.approver.trim()) {
        return Err("the approver must be another person than the owner".into());
    }
    let days = (w.expires - w.approved).get_days();
    if i64::from(days) > WAIVER_DAYS {
        return Err(format!(
            "a waiver holds at most {WAIVER_DAYS} days after its approval, this one {days}"
        ));
    }
    if days < 0 {
        return Err("the waiver expires before it was approved".into());
    }
    Ok(())
}

fn check_gap(g: &AcceptGap) -> Result<(), &'static str> {
    match (&g.operation, &g.listing) {
        (None, None) => Err("an accepted gap needs an `operation` or a `listing`"),
        (Some(_), Some(_)) => Err("an accepted gap takes `operation` or `listing`, not both"),
        _ if g.reason.trim().is_empty() || g.owner.trim().is_empty() => {
            Err("an accepted gap needs a reason and an owner")
        }
        _ => Ok(()),
    }
}

/// An error with the offending line under it, as compilers show it.
fn underline(name: &str, text: &str, span: Range<usize>, message: &str) -> Usage {
    let start = span.start.min(text.len());
    let before = text.get(..start).unwrap_or(text);
    let line_no = before.matches('\n').count() + 1;
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    let line = text.get(line_start..).unwrap_or("").lines().next().unwrap_or("");
    let column = before.get(line_start..).map_or(0, |s| s.chars().count());
    let shown = line.chars().count().saturating_sub(column).max(1);
    let wanted = text.get(span).map_or(1, |s| s.chars().count()).max(1);
    let gutter = line_no.to_string().len();
    let marks = "^".repeat(wanted.min(shown));
    Usage::plain(format!(
        "{message}\n{:gutter$}--> {name}:{line_no}:{}\n{:gutter$} |\n{line_no} | {line}\n{:gutter$} | {}{marks}",
        "",
        column + 1,
        "",
        "",
        " ".repeat(column),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        Known {
            rules: ["AWS-S3-009".to_owned()].into(),
            params: [("AWS-S3-009".to_owned(), ["days".to_owned()].into())].into(),
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

    #[test]
    fn syntax_errors_show_the_place() {
        let m = message("fail_on = \"high\"\nwaive = [");
        assert!(m.contains("assay.toml:2"), "{m}");
    }
}
