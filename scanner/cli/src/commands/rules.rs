//! `assay rules`: the catalogue.

use std::io::Write;

use anyhow::Result;
use assay_core::RuleMeta;
use assay_eval::Library;
use assay_reports::Component;
use assay_reports::text::count;
use serde_json::{Value, json};

use crate::args::{RulesArgs, RulesFormat};
use crate::exit::Outcome;

/// Runs the subcommand.
pub(crate) fn run(args: &RulesArgs) -> Result<Outcome> {
    let library = super::content::load(args.policies.as_deref())?;
    let mut out = std::io::stdout().lock();
    match args.format {
        RulesFormat::Json => {
            let all: Vec<Value> = library.rules.iter().map(|r| entry(&library, &r.meta)).collect();
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
        }
        RulesFormat::Oscal => {
            let rules: Vec<&RuleMeta> = library.rules.iter().map(|r| &r.meta).collect();
            #[expect(clippy::disallowed_methods, reason = "when the document is written")]
            let now = jiff::Timestamp::now();
            let component = Component {
                rules: &rules,
                objectives: &library.objectives,
                frameworks: &library.frameworks,
                digest: &library.digest,
                tool_version: env!("CARGO_PKG_VERSION"),
                now,
            };
            assay_reports::write_component_definition(&component, &mut out)?;
        }
        RulesFormat::Text => {
            for r in &library.rules {
                let m = &r.meta;
                writeln!(out, "{:13} {:8} {}", m.id, m.severity.as_str(), m.title)?;
            }
            let n = count(library.rules.len() as u64, "rule", "rules");
            writeln!(out, "\n{n}; `assay explain ID` tells all of one")?;
            if !library.unfed.is_empty() {
                writeln!(out, "{} more cannot be fed yet:", library.unfed.len())?;
                for u in &library.unfed {
                    writeln!(out, "{:13} {}: {}", u.id, u.title, u.reason)?;
                }
            }
        }
    }
    Ok(Outcome::Clean)
}

/// Controls of a rule: framework, control, whether the rule decides.
pub(super) fn controls(library: &Library, meta: &RuleMeta) -> Vec<(String, String, bool)> {
    let objective = library.objectives.get(&meta.objective);
    objective
        .into_iter()
        .flat_map(|o| &o.controls)
        .map(|m| (m.framework.clone(), m.control.clone(), m.decisive && m.only.is_none()))
        .collect()
}

fn entry(library: &Library, m: &RuleMeta) -> Value {
    let all = controls(library, m);
    let named = |decides: bool| -> Vec<String> {
        all.iter().filter(|c| c.2 == decides).map(|c| format!("{} {}", c.0, c.1)).collect()
    };
    let requires: Vec<Value> =
        m.related.iter().map(|r| json!({"type": r.kind, "scope": r.scope})).collect();
    json!({
        "id": m.id, "title": m.title, "description": m.description, "severity": m.severity,
        "objective": m.objective, "resources": m.resources, "decisive": named(true),
        "supporting": named(false), "aliases": m.aliases, "params": m.params,
        "requires": requires, "limits": m.limits, "references": m.references, "file": m.file,
    })
}
