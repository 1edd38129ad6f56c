//! Why rules judged documents as they did: what they read of each, and which calls told it.

use std::collections::BTreeMap;

use assay_core::Verdict;
use assay_core::verdict::Cause;
use assay_snapshot::Source;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::evaluate::{EvalError, segments};
use crate::run::Runner;
use crate::set::RuleSet;

/// A verdict with everything that its rule read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explained {
    /// The verdict, before waivers.
    pub verdict: Verdict,
    /// What the rule read of the document and around it, in order of its name.
    pub reads: Vec<Seen>,
    /// Settings of the document that the rule names without reading them: what it reads was made of
    /// them, and they tell which candidates lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Seen>,
    /// The parameters that the rule was given.
    pub params: Map<String, Value>,
}

/// One thing that a rule read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seen {
    /// A facet's pointer, `tags`, `derived/<name>`, `related/<type>`, `params/<name>`.
    pub what: String,
    /// Its value, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    /// Why it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<Cause>,
    /// Ids of the calls that told it.
    pub calls: Vec<String>,
}

/// Explains every verdict of some rules, in order of the documents.
///
/// # Errors
///
/// If the snapshot cannot be read.
pub fn explain(
    set: &RuleSet,
    source: &dyn Source,
    each: &mut dyn FnMut(Explained),
) -> Result<(), EvalError> {
    let mut runners: BTreeMap<String, Runner> = BTreeMap::new();
    segments(set, source, &mut |segment, info| {
        set.ready(&segment.kind)?;
        let runner =
            runners.entry(segment.kind.clone()).or_insert_with(|| Runner::machines(segment.plan));
        let mut lines = source.lines(info)?;
        while let Some(line) = lines.next()? {
            segment.explain(runner, line.bytes())?.into_iter().for_each(&mut *each);
        }
        Ok(())
    })
}
