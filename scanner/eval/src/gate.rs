//! The gate before Rego: what a rule reads and is not known.

use assay_core::resource::TAGS;
use assay_core::verdict::{Cause, CauseKind};
use assay_core::{Gap, GapState, Path};
use assay_derive::{Unknown, UnknownKind};
use regorus::Value;

use crate::program::Output;
use crate::set::Group;

/// Names of members, ready to look up.
pub(crate) struct Keys {
    pub(crate) id: Value,
    pub(crate) name: Value,
    pub(crate) properties: Value,
    pub(crate) derived: Value,
    pub(crate) gaps: Value,
    pub(crate) tags: Value,
    pub(crate) sources: Value,
    pub(crate) origin: Value,
    pub(crate) related: Value,
    pub(crate) params: Value,
    pub(crate) now: Value,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self {
            id: Value::from("id"),
            name: Value::from("name"),
            properties: Value::from("properties"),
            derived: Value::from("derived"),
            gaps: Value::from("gaps"),
            tags: Value::from(TAGS),
            sources: Value::from("sources"),
            origin: Value::from("origin"),
            related: Value::from("related"),
            params: Value::from("params"),
            now: Value::from("now"),
        }
    }
}

/// What became of a rule before it is judged.
pub(crate) enum Run {
    /// Something that decides whether it applies is unknown, or all that it reads.
    Gated(Cause),
    /// It ran; `gate` is what `pass` and `fail` read and is not known.
    Ran { output: Output, gate: Option<Cause> },
}

/// Whether a group has a rule that the gate lets run.
pub(crate) fn open(group: &Group, runs: &[Run]) -> bool {
    group.rules.iter().any(|p| matches!(runs.get(*p), Some(Run::Ran { .. })))
}

/// The cause of a verdict that rests on something unknown.
pub(crate) fn cause(unknown: &Unknown) -> Cause {
    Cause {
        kind: match unknown.kind {
            UnknownKind::Listing => CauseKind::ListingIncomplete,
            UnknownKind::Facet => unknown.gap.state.into(),
        },
        what: unknown.what.clone(),
        operation: unknown.gap.operation.clone(),
        detail: unknown.gap.detail.clone(),
    }
}

/// The first gap of a document that hides a path below `properties`.
pub(crate) fn hidden(gaps: Option<&Value>, path: &Path) -> Option<Unknown> {
    let Some(Value::Object(gaps)) = gaps else { return None };
    gaps.iter_sorted().find_map(|(key, gap)| {
        let Value::String(pointer) = key else { return None };
        (pointer.starts_with('/') && Path::parse(pointer).touches(path))
            .then(|| Unknown::facet(pointer.to_string(), parse(gap)))
    })
}

/// The gap at a key (`tags`, `derived/<name>`), nested ones included.
pub(crate) fn at(gaps: Option<&Value>, what: &str) -> Option<Unknown> {
    let Some(Value::Object(gaps)) = gaps else { return None };
    gaps.iter_sorted().find_map(|(key, gap)| {
        let Value::String(name) = key else { return None };
        let below = name.strip_prefix(what).is_some_and(|r| r.is_empty() || r.starts_with('/'));
        below.then(|| Unknown::facet(what, parse(gap)))
    })
}

/// A facet that is neither known nor a gap.
pub(crate) fn unread(what: String) -> Unknown {
    Unknown::facet(what, Gap::new(GapState::NotAttempted, "the collector did not read it"))
}

fn parse(gap: &Value) -> Gap {
    gap.to_json_str()
        .ok()
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| Gap::new(GapState::Malformed, "the gap itself cannot be read"))
}
