//! The component definition: which rule helps to prove which control.

use std::collections::BTreeMap;
use std::io::Write;

use assay_core::framework::{Framework, Objective};
use assay_core::{RuleMeta, Timestamp};
use serde_json::{Value, json};

use super::ids::{VERSION, control, text, uuid};
use super::observe::prop;
use crate::error::RenderError;

/// What a component definition is made of.
#[derive(Debug, Clone, Copy)]
pub struct Component<'a> {
    /// The rules.
    pub rules: &'a [&'a RuleMeta],
    /// The objectives, which own the mappings.
    pub objectives: &'a BTreeMap<String, Objective>,
    /// The frameworks with their controls.
    pub frameworks: &'a [Framework],
    /// sha256 over all content.
    pub digest: &'a str,
    /// Version of the program.
    pub tool_version: &'a str,
    /// When the document is written.
    pub now: Timestamp,
}

/// Writes an OSCAL component definition: one component, one implementation for each framework, one
/// requirement for each control that at least one rule proves or supports.
///
/// # Errors
/// When the output cannot be written.
pub fn write_component_definition(
    c: &Component<'_>,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let implementations: Vec<Value> =
        c.frameworks.iter().filter_map(|f| implementation(c, f)).collect();
    let mut component = json!({
        "uuid": uuid(&["component", "assay"]),
        "type": "validation",
        "title": "Assay",
        "description": "Rules that test the configuration of cloud accounts and hosts.",
        "props": [prop("rules-sha256", c.digest)],
    });
    if let (Some(o), false) = (component.as_object_mut(), implementations.is_empty()) {
        o.insert("control-implementations".to_owned(), Value::Array(implementations));
    }
    let document = json!({"component-definition": {
        "uuid": uuid(&["component-definition", c.digest]),
        "metadata": {
            "title": "Assay: rules and the controls that they help to prove",
            "last-modified": c.now,
            "version": text(c.tool_version),
            "oscal-version": VERSION,
        },
        "components": [component],
    }});
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

fn implementation(c: &Component<'_>, f: &Framework) -> Option<Value> {
    let requirements: Vec<Value> =
        f.controls.iter().filter_map(|k| requirement(c, f, &k.id, &k.why)).collect();
    (!requirements.is_empty()).then(|| {
        json!({
            "uuid": uuid(&["implementation", &f.id]),
            "source": format!("urn:assay:framework:{}", f.id),
            "description": text(&format!("{}: {}", f.title, f.coverage)),
            "implemented-requirements": requirements,
        })
    })
}

fn requirement(c: &Component<'_>, f: &Framework, id: &str, why: &str) -> Option<Value> {
    let mut props = Vec::new();
    for rule in c.rules {
        let mapping = c
            .objectives
            .get(&rule.objective)
            .and_then(|o| o.controls.iter().find(|m| m.framework == f.id && m.control == id));
        if let Some(m) = mapping {
            let name =
                if m.decisive && m.only.is_none() { "decisive-rule" } else { "supporting-rule" };
            props.push(prop(name, &rule.id));
        }
    }
    let token = control(&f.id, id);
    (!props.is_empty()).then(|| {
        json!({
            "uuid": uuid(&["requirement", &token]),
            "control-id": token,
            "description": text(why),
            "props": props,
        })
    })
}
