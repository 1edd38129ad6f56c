//! `findings.ocsf.ndjson`: OCSF Compliance Findings (class 2003), one event a line, for security
//! lakes. Every verdict becomes events, passes too.
//!
//! What was not assessed has the compliance status Unknown (0), never Pass. Account and region
//! stand in `unmapped`: the class has no place for them without the cloud profile, and an
//! Active Directory of hosts has neither.

use std::io::Write;

use assay_core::assessment::{Assessment, RuleResult};
use assay_core::verdict::Finding;
use assay_core::{RuleMeta, Severity, Status};
use serde_json::{Map, Value, json};

use crate::controls::{decided_by_rule, rules_by_id};
use crate::error::RenderError;
use crate::findings::Which;
use crate::source::VerdictSource;
use crate::text::{clip, plain};
use crate::words;

/// The version of the schema that the events follow.
const SCHEMA: &str = "1.9.0-dev";
/// Longest text, in characters.
const MAX: usize = 4_000;

/// Writes OCSF events.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_ocsf(
    assessment: &Assessment,
    verdicts: &dyn VerdictSource,
    which: Which,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let controls = decided_by_rule(assessment);
    let rules = rules_by_id(assessment);
    for verdict in verdicts.open()? {
        let verdict = verdict?;
        if !which.takes(verdict.status) {
            continue;
        }
        let rule = rules.get(verdict.rule.as_str()).copied();
        let proves = controls.get(verdict.rule.as_str()).map_or(&[][..], Vec::as_slice);
        for finding in verdict.findings() {
            let event = event(assessment, &finding, &verdict.name, rule, proves);
            serde_json::to_writer(&mut *out, &event)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()?;
    Ok(())
}

fn event(
    a: &Assessment,
    f: &Finding,
    name: &str,
    rule: Option<&RuleResult>,
    controls: &[String],
) -> Value {
    let ended = a.snapshot.ended.as_millisecond();
    let (status_id, status) = compliance(f.status);
    let (severity_id, severity) = severity(f);
    let calls: Vec<String> = f.evidence.calls.iter().map(|c| text(c)).collect();
    let mut event = json!({
        "activity_id": 1, "activity_name": "Create",
        "category_uid": 2, "category_name": "Findings",
        "class_uid": 2003, "class_name": "Compliance Finding",
        "type_uid": 200_301, "type_name": "Compliance Finding: Create",
        "time": ended,
        "start_time": a.snapshot.started.as_millisecond(),
        "end_time": ended,
        "severity_id": severity_id, "severity": severity,
        "message": text(&f.message),
        "metadata": {
            "version": SCHEMA,
            "uid": a.snapshot.root_digest,
            "product": {
                "name": "Assay", "vendor_name": "Assay", "version": a.tool_version,
            },
        },
        "finding_info": {
            "uid": f.fingerprint,
            "title": rule.map_or_else(|| f.rule.clone(), |r| text(&r.meta.title)),
            "desc": rule.map_or_else(String::new, |r| text(&r.meta.description)),
            "types": [f.rule],
        },
        "compliance": {
            "status_id": status_id, "status": status,
            "status_code": f.status.as_str(),
            "control": f.rule,
            "standards": standards(controls),
            "requirements": controls,
            "checks": [{
                "uid": f.rule, "status_id": status_id, "status": status,
                "severity_id": severity_of(f.severity).0, "severity": severity_of(f.severity).1,
            }],
        },
        "resources": [{"uid": text(&f.resource), "name": text(name), "type": text(&f.kind)}],
        "evidences": [{
            "name": "judged document", "uid": f.evidence.document,
            "data": {"sha256": f.evidence.document, "calls": calls},
        }],
        "unmapped": {"account": text(&f.account), "region": text(&f.region)},
    });
    if let Some(event) = event.as_object_mut() {
        more(event, f, rule.map(|r| &r.meta));
    }
    event
}

fn more(event: &mut Map<String, Value>, f: &Finding, rule: Option<&RuleMeta>) {
    // A waived failure is suppressed; the compliance status stays Fail.
    let (status_id, status) =
        if f.status == Status::Waived { (3, "Suppressed") } else { (1, "New") };
    event.insert("status_id".to_owned(), json!(status_id));
    event.insert("status".to_owned(), json!(status));
    if let Some(cause) = &f.cause {
        event.insert("status_detail".to_owned(), json!(text(&words::cause_line(cause))));
        if let Some(Value::Object(compliance)) = event.get_mut("compliance") {
            let why = format!("{}: {}", cause.kind.as_str(), cause.detail);
            compliance.insert("status_details".to_owned(), json!([text(&why)]));
        }
    }
    if let Some(Value::Object(unmapped)) = event.get_mut("unmapped") {
        for (key, value) in [("key", &f.key), ("at", &f.at)] {
            if !value.is_empty() {
                unmapped.insert(key.to_owned(), json!(text(value)));
            }
        }
        if let Some(place) = &f.place {
            unmapped.insert("place".to_owned(), json!(text(&place.to_string())));
        }
    }
    if let Some(m) = rule {
        let references: Vec<String> = m.references.iter().map(|r| text(r)).collect();
        event.insert(
            "remediation".to_owned(),
            json!({"desc": text(&m.remediation.text), "references": references}),
        );
    }
}

/// The frameworks of the controls.
fn standards(controls: &[String]) -> Vec<&str> {
    let mut out: Vec<&str> = controls.iter().filter_map(|c| Some(c.split_once('/')?.0)).collect();
    out.dedup();
    out
}

/// OCSF's compliance status.
const fn compliance(status: Status) -> (u8, &'static str) {
    match status {
        Status::Pass => (1, "Pass"),
        Status::Fail | Status::Waived => (3, "Fail"),
        Status::NotAssessed | Status::Manual => (0, "Unknown"),
        Status::NotApplicable => (99, "Not Applicable"),
    }
}

/// A finding's severity: what passes and what does not concern is informational.
const fn severity(f: &Finding) -> (u8, &'static str) {
    match f.status {
        Status::Pass | Status::NotApplicable => (1, "Informational"),
        _ => severity_of(f.severity),
    }
}

const fn severity_of(severity: Severity) -> (u8, &'static str) {
    match severity {
        Severity::Low => (2, "Low"),
        Severity::Medium => (3, "Medium"),
        Severity::High => (4, "High"),
        Severity::Critical => (5, "Critical"),
    }
}

fn text(text: &str) -> String {
    plain(clip(text, MAX).as_ref()).into_owned()
}
