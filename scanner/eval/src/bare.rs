//! The least that judging could cost: the same programs over the same inputs, nothing else.
//!
//! For benchmarks only: [`evaluate`](fn@crate::evaluate) is measured against it. Reading, deriving,
//! related documents, the gate, digests and verdicts are all left out; what is left is to parse each
//! input, set it and execute.

use std::sync::Arc;

use assay_snapshot::Source;
use rayon::prelude::*;
use regorus::Value;

use crate::block::CHUNK;
use crate::evaluate::{EvalError, segments};
use crate::gate::Keys;
use crate::run::Runner;
use crate::set::RuleSet;

/// Inputs with everything that a rule sees, as text; related documents and parameters as values.
pub struct Bare<'a> {
    set: &'a RuleSet,
    segments: Vec<Prepared>,
}

struct Prepared {
    kind: String,
    /// `input.related` of each group.
    related: Vec<Value>,
    texts: Vec<String>,
}

impl std::fmt::Debug for Bare<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").field("segments", &self.segments.len()).finish_non_exhaustive()
    }
}

impl<'a> Bare<'a> {
    /// Prepares all inputs in memory, their derived facets computed.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be read.
    pub fn prepare(set: &'a RuleSet, source: &dyn Source) -> Result<Self, EvalError> {
        let mut prepared = Vec::new();
        segments(set, source, &mut |segment, info| {
            let mut lines = source.lines(info)?;
            let mut texts = Vec::new();
            while let Some(line) = lines.next()? {
                texts.push(segment.visible(line.bytes())?);
            }
            let related = (0..segment.plan.groups.len()).map(|n| segment.related(n)).collect();
            prepared.push(Prepared { kind: info.kind.clone(), related, texts });
            Ok(())
        })?;
        Ok(Self { set, segments: prepared })
    }

    /// Parses each input, sets it and executes each program: how many executions.
    #[must_use]
    pub fn run(&self) -> u64 {
        let keys = Keys::new();
        let mut executions = 0;
        for same in self.segments.chunk_by(|a, b| a.kind == b.kind) {
            let Some(plan) = same.first().and_then(|s| self.set.plans.get(&s.kind)) else {
                continue;
            };
            let inputs: Vec<(&Prepared, &String)> =
                same.iter().flat_map(|s| s.texts.iter().map(move |t| (s, t))).collect();
            let one = |runner: &mut Runner, (segment, text): &(&Prepared, &String)| {
                let Ok(Value::Object(object)) = Value::from_json_str(text) else { return 0 };
                for (place, group) in plan.groups.iter().enumerate() {
                    let mut input = object.as_ref().clone();
                    let related = segment.related.get(place).cloned();
                    input.insert(keys.related.clone(), related.unwrap_or(Value::Undefined));
                    input.insert(keys.params.clone(), group.params.clone());
                    let input = Value::Object(Arc::new(input));
                    std::hint::black_box(runner.run(place, group, input));
                }
                plan.groups.len() as u64
            };
            executions += inputs
                .par_iter()
                .with_min_len(CHUNK / 4)
                .map_init(|| Runner::machines(plan), one)
                .sum::<u64>();
        }
        executions
    }
}
