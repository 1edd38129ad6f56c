//! OSCAL: assessment results of a run, and a component definition of which rule proves which
//! control.
//!
//! OSCAL knows two states of a control, `satisfied` and `not-satisfied`. What was not assessed,
//! what only people can say and what is not applicable has neither: such controls are no findings,
//! they are listed among the excluded controls with their reason. The controls are those of
//! catalogs that are not published in OSCAL; their ids carry the framework's id in front.

mod component;
mod ids;
mod observe;

use std::io::Write;

use assay_core::Status;
use assay_core::assessment::{Assessment, Basis, ControlResult, FrameworkResult};
use serde_json::{Map, Value, json};

use crate::error::RenderError;
use crate::source::VerdictSource;
use crate::words;
pub use component::{Component, write_component_definition};
use ids::{VERSION, control, text, uuid};
use observe::{Observations, prop};

/// Writes OSCAL assessment results.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_oscal(
    a: &Assessment,
    verdicts: &dyn VerdictSource,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let observations = Observations::read(verdicts)?;
    let root = &a.snapshot.root_digest;
    let document = json!({"assessment-results": {
        "uuid": uuid(&["assessment-results", root, &a.rules_digest, &a.tailoring_digest]),
        "metadata": {
            "title": text(&format!("Assay: {}", words::subject(&a.snapshot.scope))),
            "last-modified": a.snapshot.ended,
            "version": text(&a.tool_version),
            "oscal-version": VERSION,
        },
        "import-ap": {
            "href": "#".to_owned() + &uuid(&["plan"]),
            "remarks": "The plan is the rules and the tailoring, which the digests in the result name.",
        },
        "results": [result(a, &observations)],
        "back-matter": {"resources": [{
            "uuid": uuid(&["plan"]),
            "title": "Rules and tailoring of this assessment",
            "props": [
                prop("rules-sha256", &a.rules_digest),
                prop("tailoring-sha256", &a.tailoring_digest),
            ],
        }]},
    }});
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

fn result(a: &Assessment, observations: &Observations) -> Value {
    let mut all = observations.all(a);
    let mut findings = Vec::new();
    for f in &a.frameworks {
        for c in f.controls.iter().filter(|c| state(c).is_some()) {
            findings.push(finding(a, f, c, observations, &mut all));
        }
    }
    let mut result = json!({
        "uuid": uuid(&["result", &a.snapshot.root_digest, &a.rules_digest, &a.tailoring_digest]),
        "title": "Technical assessment",
        "description": text(&words::headline(a)),
        "start": a.snapshot.started,
        "end": a.snapshot.ended,
        "props": [
            prop("snapshot-sha256", &a.snapshot.root_digest),
            prop("rules-sha256", &a.rules_digest),
            prop("tailoring-sha256", &a.tailoring_digest),
        ],
        "reviewed-controls": {
            "control-selections": selections(a),
            "remarks": "Excluded controls were not assessed, have no population or can only be told by people; each names why.",
        },
    });
    let mut local = Map::new();
    let estate = json!([{
        "uuid": uuid(&["estate"]),
        "type": "service",
        "title": "The audited estate",
        "description": text(&words::subject(&a.snapshot.scope)),
        "status": {"state": "operational"},
    }]);
    local.insert("components".to_owned(), estate);
    put(&mut local, "inventory-items", observations.inventory());
    if let Some(r) = result.as_object_mut() {
        r.insert("local-definitions".to_owned(), Value::Object(local));
        put(r, "observations", all);
        put(r, "findings", findings);
    }
    result
}

/// OSCAL's arrays are never empty.
fn put(map: &mut Map<String, Value>, key: &str, items: Vec<Value>) {
    if !items.is_empty() {
        map.insert(key.to_owned(), Value::Array(items));
    }
}

/// The state of a control that has one.
const fn state(c: &ControlResult) -> Option<&'static str> {
    match (c.basis, c.status) {
        (Basis::Excluded | Basis::Unseen, _) => None,
        (_, Status::Pass) => Some("satisfied"),
        (_, Status::Fail | Status::Waived) => Some("not-satisfied"),
        _ => None,
    }
}

fn selections(a: &Assessment) -> Vec<Value> {
    let one = |f: &FrameworkResult| {
        let (mut inside, mut outside, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        for c in &f.controls {
            let id = control(&f.id, &c.id);
            if state(c).is_some() {
                inside.push(json!({"control-id": id}));
            } else {
                let why = format!("{}: {}", words::status(c.status).to_lowercase(), c.reason);
                reasons.push(prop(&id, &why));
                outside.push(json!({"control-id": id}));
            }
        }
        let mut selection = Map::new();
        selection.insert("description".to_owned(), json!(text(&f.title)));
        put(&mut selection, "props", reasons);
        if inside.is_empty() {
            // All of them, and then none: the schema wants an inclusion.
            selection.insert("include-all".to_owned(), json!({}));
        }
        put(&mut selection, "include-controls", inside);
        put(&mut selection, "exclude-controls", outside);
        Value::Object(selection)
    };
    let all: Vec<Value> = a.frameworks.iter().map(one).collect();
    // At least one selection is asked for.
    if all.is_empty() {
        vec![json!({"description": "no framework", "include-all": {}})]
    } else {
        all
    }
}

fn finding(
    a: &Assessment,
    f: &FrameworkResult,
    c: &ControlResult,
    observations: &Observations,
    all: &mut Vec<Value>,
) -> Value {
    let id = control(&f.id, &c.id);
    let mut seen: Vec<String> = c.decisive.iter().filter_map(|r| observations.of(r)).collect();
    if seen.is_empty() || c.human.is_some_and(|h| matches!(h, Status::Pass | Status::Fail)) {
        let uuid = uuid(&["examination", &id]);
        all.push(examination(a, c, &uuid));
        seen.push(uuid);
    }
    let related: Vec<Value> = seen.iter().map(|o| json!({"observation-uuid": o})).collect();
    let mut finding = json!({
        "uuid": uuid(&["finding", &id]),
        "title": text(&format!("{} {}", c.id, c.title)),
        "description": text(&c.reason),
        "props": [prop("basis", c.basis.as_str()), prop("status", c.status.as_str())],
        "target": {
            "type": "objective-id",
            "target-id": id,
            "status": {"state": state(c).unwrap_or("not-satisfied")},
        },
        "related-observations": related,
    });
    if let (Some(o), Status::Waived) = (finding.as_object_mut(), c.status) {
        o.insert("remarks".to_owned(), json!("Exception noted, accepted."));
    }
    finding
}

/// What people or a provider's report say of a control.
fn examination(a: &Assessment, c: &ControlResult, uuid: &str) -> Value {
    json!({
        "uuid": uuid,
        "title": text(&format!("{}: {}", c.id, c.basis.as_str())),
        "description": text(&c.reason),
        "methods": ["EXAMINE"],
        "collected": a.snapshot.ended,
        "subjects": [{
            "subject-uuid": ids::uuid(&["estate"]),
            "type": "component",
            "title": "The audited estate",
        }],
        "relevant-evidence": [{
            "href": format!("urn:sha256:{}", a.tailoring_digest),
            "description": "The tailoring and the attestations of this assessment, by their digest.",
        }],
    })
}
