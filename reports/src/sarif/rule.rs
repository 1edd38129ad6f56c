//! Rules as SARIF reporting descriptors.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use assay_core::assessment::{Assessment, RuleResult};
use assay_core::{RuleMeta, Severity};
use serde_json::{Value, json};
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use crate::controls::decided_by_rule;
use crate::text::{clip, plain, plain_lines};

/// GitHub's limit of both descriptions.
const MAX_DESCRIPTION: usize = 1024;
/// Tags that GitHub keeps.
const MAX_TAGS: usize = 10;

/// The level word of a severity.
pub(super) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The middle of the band that GitHub gives each word; critical is *over* 9.0.
const fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    }
}

/// The descriptors of all selected rules, in order of their ids, and the index of each.
pub(super) fn descriptors(a: &Assessment) -> (Vec<ReportingDescriptor>, BTreeMap<String, i64>) {
    let controls = decided_by_rule(a);
    let mut index = BTreeMap::new();
    let mut out = Vec::new();
    for rule in a.rules.iter().filter(|r| !r.deselected && !r.out_of_scope) {
        let next = i64::try_from(out.len()).unwrap_or(i64::MAX);
        if index.insert(rule.meta.id.clone(), next).is_none() {
            out.push(descriptor(rule, controls.get(rule.meta.id.as_str())));
        }
    }
    (out, index)
}

/// A descriptor for a rule that only the verdicts know.
pub(super) fn unknown(id: &str) -> ReportingDescriptor {
    let text = |t: &str| MultiformatMessageString {
        text: t.to_owned(),
        markdown: Some(t.to_owned()),
        properties: None,
    };
    ReportingDescriptor {
        short_description: Some(text("A rule that this run did not load")),
        full_description: Some(text(
            "The failure was known before; its rule is not part of this run.",
        )),
        help: Some(text("Select the rule again, or look at the earlier report.")),
        properties: Some(properties(&["security".to_owned()], "5.5")),
        ..blank(id)
    }
}

fn blank(id: &str) -> ReportingDescriptor {
    ReportingDescriptor {
        id: id.to_owned(),
        name: None,
        default_configuration: None,
        deprecated_guids: None,
        deprecated_ids: None,
        deprecated_names: None,
        full_description: None,
        guid: None,
        help: None,
        help_uri: None,
        message_strings: None,
        properties: None,
        relationships: None,
        short_description: None,
    }
}

fn descriptor(rule: &RuleResult, controls: Option<&Vec<String>>) -> ReportingDescriptor {
    let m = &rule.meta;
    let message = |text: &str| MultiformatMessageString {
        text: clip(&plain(text), MAX_DESCRIPTION).into_owned(),
        markdown: None,
        properties: None,
    };
    let description = if m.description.is_empty() { &m.title } else { &m.description };
    ReportingDescriptor {
        name: Some(pascal(&m.package)),
        short_description: Some(message(&m.title)),
        full_description: Some(message(description)),
        help: Some(MultiformatMessageString {
            text: plain_lines(&help_text(m)).into_owned(),
            markdown: Some(plain_lines(&help_markdown(m)).into_owned()),
            properties: None,
        }),
        help_uri: m
            .references
            .iter()
            .find(|r| r.starts_with("https://"))
            .map(|r| plain(r).into_owned()),
        default_configuration: Some(ReportingConfiguration {
            level: Some(Value::from(level(m.severity))),
            ..Default::default()
        }),
        properties: Some(properties(&tags(m, controls), security_severity(m.severity))),
        ..blank(&m.id)
    }
}

fn properties(tags: &[String], severity: &str) -> PropertyBag {
    PropertyBag {
        tags: Some(tags.to_vec()),
        additional_properties: BTreeMap::from([
            ("precision".to_owned(), json!("high")),
            ("security-severity".to_owned(), json!(severity)),
        ]),
    }
}

fn tags(m: &RuleMeta, controls: Option<&Vec<String>>) -> Vec<String> {
    let mut tags = vec!["security".to_owned()];
    tags.extend(m.package.split('.').skip(1).take(2).map(str::to_owned));
    tags.push(m.objective.clone());
    tags.extend(controls.into_iter().flatten().cloned());
    let mut seen = std::collections::BTreeSet::new();
    tags.iter_mut().for_each(|t| *t = plain(t).into_owned());
    tags.retain(|t| !t.is_empty() && seen.insert(t.clone()));
    tags.truncate(MAX_TAGS);
    tags
}

/// `rules.aws.s3.bucket_versioning` → `BucketVersioning`.
fn pascal(package: &str) -> String {
    let stem = package.rsplit('.').next().unwrap_or(package);
    let name: String = stem
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|w| {
            let mut chars = w.chars();
            chars.next().map(|c| c.to_ascii_uppercase().to_string() + chars.as_str())
        })
        .collect();
    clip(if name.is_empty() { "Rule" } else { &name }, 255).into_owned()
}

fn snippets(m: &RuleMeta) -> [(&'static str, &'static str, &str); 4] {
    [
        ("Terraform", "hcl", m.remediation.terraform.trim()),
        ("CloudFormation", "yaml", m.remediation.cloudformation.trim()),
        ("Bicep", "bicep", m.remediation.bicep.trim()),
        ("Command line", "sh", m.remediation.cli.trim()),
    ]
}

fn help_text(m: &RuleMeta) -> String {
    let mut out =
        format!("{}\n\n{}\n\nFix: {}\n", m.title, m.description, m.remediation.text.trim());
    for (name, _, snippet) in snippets(m) {
        if !snippet.is_empty() {
            let _ = write!(out, "\n{name}:\n{}\n", plain_lines(snippet));
        }
    }
    if !m.limits.is_empty() {
        let _ = write!(out, "\nLimits: {}\n", m.limits.trim());
    }
    for reference in &m.references {
        let _ = write!(out, "\n{reference}");
    }
    out
}

fn help_markdown(m: &RuleMeta) -> String {
    let mut out = format!(
        "# {}\n\n{}\n\n**Severity:** {} · **Objective:** `{}` · **Rule:** `{}`\n\n## Fix\n\n{}\n",
        m.title,
        m.description,
        m.severity,
        m.objective,
        m.id,
        m.remediation.text.trim()
    );
    for (name, language, snippet) in snippets(m) {
        if !snippet.is_empty() {
            let fence = fence(snippet);
            let _ = write!(
                out,
                "\n### {name}\n\n{fence}{language}\n{}\n{fence}\n",
                plain_lines(snippet)
            );
        }
    }
    if !m.limits.is_empty() {
        let _ = write!(out, "\n## What the rule cannot see\n\n{}\n", m.limits.trim());
    }
    let links: Vec<_> = m.references.iter().filter(|r| r.starts_with("https://")).collect();
    if !links.is_empty() {
        out.push_str("\n## References\n\n");
        for link in links {
            let _ = writeln!(out, "- <{link}>");
        }
    }
    out
}

/// A fence longer than any run of backticks inside.
fn fence(snippet: &str) -> String {
    let longest = snippet.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_identifiers() {
        assert_eq!(pascal("rules.aws.s3.bucket_versioning"), "BucketVersioning");
        assert_eq!(pascal(""), "Rule");
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("plain"), "```");
        assert_eq!(fence("a ```` b"), "`````");
    }
}
