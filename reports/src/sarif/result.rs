//! One open failure as a SARIF result.

use std::collections::BTreeMap;

use assay_core::{Failure, Severity, Verdict};
use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Location, LogicalLocation, Message, PhysicalLocation, PropertyBag, Region,
    Result as SarifResult, ResultLevel,
};

use crate::select::is_stale;
use crate::text::{clip, plain};
use crate::words;

/// Longest message of a rule, in characters.
const MAX_MESSAGE: usize = 1000;
/// Longest id or name shown in a message, in characters.
const MAX_SHOWN: usize = 300;

const fn result_level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low => ResultLevel::Note,
    }
}

/// The result of one failure at a path.
pub(super) fn result(v: &Verdict, f: &Failure, rule_index: i64, uri: String) -> SarifResult {
    let status = if is_stale(v) { "stale" } else { "open" };
    let mut properties = BTreeMap::from([
        ("account".to_owned(), json!(plain(&v.account))),
        ("region".to_owned(), json!(plain(&v.region))),
        ("resourceType".to_owned(), json!(plain(&v.kind))),
        ("severity".to_owned(), json!(v.severity)),
        ("status".to_owned(), json!(status)),
    ]);
    for (key, value) in [("key", &f.key), ("at", &f.at), ("document", &v.evidence.document)] {
        if !value.is_empty() {
            properties.insert(key.to_owned(), json!(plain(value)));
        }
    }
    let line = f.place.as_ref().and_then(|p| p.line).map_or(1, i64::from);
    let location = Location {
        physical_location: Some(PhysicalLocation {
            artifact_location: Some(ArtifactLocation { uri: Some(uri), ..Default::default() }),
            region: Some(Region {
                start_line: Some(line),
                start_column: Some(1),
                end_line: Some(line),
                end_column: Some(2),
                ..Default::default()
            }),
            ..Default::default()
        }),
        logical_locations: Some(vec![LogicalLocation {
            fully_qualified_name: Some(plain(&v.resource).into_owned()),
            kind: Some("resource".to_owned()),
            name: Some(plain(&v.name).into_owned()),
            ..Default::default()
        }]),
        ..Default::default()
    };
    SarifResult {
        rule_id: Some(v.rule.clone()),
        rule_index: Some(rule_index),
        level: Some(result_level(v.severity)),
        locations: Some(vec![location]),
        partial_fingerprints: Some(BTreeMap::from([(
            "primaryLocationLineHash".to_owned(),
            f.fingerprint.clone(),
        )])),
        properties: Some(PropertyBag { tags: None, additional_properties: properties }),
        ..blank(Message { text: Some(message(v, f)), ..Default::default() })
    }
}

/// What is wrong, then which resource and where.
fn message(v: &Verdict, f: &Failure) -> String {
    let what = sentence(&clip(&plain(&f.message), MAX_MESSAGE));
    let stale = match &v.cause {
        Some(cause) if is_stale(v) => format!(
            " Known from an earlier run and kept open, since {}: {}.",
            words::stale(cause.kind),
            clip(
                &plain(if cause.detail.is_empty() {
                    words::cause(cause.kind)
                } else {
                    &cause.detail
                }),
                MAX_SHOWN
            )
            .trim_end_matches('.')
        ),
        _ => String::new(),
    };
    let at = match &f.place {
        Some(place) => format!(" At {}.", clip(&plain(&place.to_string()), MAX_SHOWN)),
        None if f.at.is_empty() => String::new(),
        None => format!(" At {}.", clip(&plain(&f.at), MAX_SHOWN)),
    };
    text(&format!(
        "{what}{stale} Resource: {} {} ({}), account {}, {}.{at}",
        plain(&v.kind),
        clip(&plain(&v.name), MAX_SHOWN),
        clip(&plain(&v.resource), MAX_SHOWN),
        plain(&v.account),
        plain(&v.region),
    ))
}

/// A full stop at the end, where there is none.
pub(super) fn ended(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// First letter upper case, a full stop at the end.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim();
    let mut chars = text.chars();
    let mut out: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    out.push_str(chars.as_str());
    if out.is_empty() {
        out.push_str("The rule found a failure");
    }
    ended(&out)
}

/// Escapes what SARIF reads as an embedded link, `[text](target)`, in a plain-text message.
pub(super) fn text(message: &str) -> String {
    if message.contains("](") {
        message.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
    } else {
        message.to_owned()
    }
}

const fn blank(message: Message) -> SarifResult {
    SarifResult {
        message,
        analysis_target: None,
        attachments: None,
        baseline_state: None,
        code_flows: None,
        correlation_guid: None,
        fingerprints: None,
        fixes: None,
        graph_traversals: None,
        graphs: None,
        guid: None,
        hosted_viewer_uri: None,
        kind: None,
        level: None,
        locations: None,
        occurrence_count: None,
        partial_fingerprints: None,
        properties: None,
        provenance: None,
        rank: None,
        related_locations: None,
        rule: None,
        rule_id: None,
        rule_index: None,
        stacks: None,
        suppressions: None,
        taxa: None,
        web_request: None,
        web_response: None,
        work_item_uris: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_in_messages_are_defused() {
        assert_eq!(text("[click](http://evil)"), "\\[click\\](http://evil)");
        assert_eq!(text("ports [22]"), "ports [22]");
    }

    #[test]
    fn messages_are_sentences() {
        assert_eq!(sentence("versioning is off"), "Versioning is off.");
        assert_eq!(sentence(""), "The rule found a failure.");
    }
}
