//! The least that judging could cost: the same programs over the same inputs, nothing else.
//!
//! For benchmarks only: [`evaluate`](fn@crate::evaluate) is measured against it. What is left is to
//! parse each input, set it and execute the programs that the whole run executes too: an input
//! holds what rules see and no more, derived facets included, and a program whose rules all stop at
//! the gate is not executed. Reading, digests, deriving, related documents, the gate and verdicts
//! are left out; related documents and parameters are ready in memory.

use std::sync::Arc;

use assay_snapshot::Source;
use rayon::prelude::*;
use regorus::Value;

use crate::block::{CHUNK, Idle, Lent};
use crate::evaluate::{EvalError, segments};
use crate::gate::Keys;
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
    /// Each with the groups that run.
    texts: Vec<(String, Vec<usize>)>,
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

    /// Parses each input, sets it and executes its programs: how many executions.
    #[must_use]
    pub fn run(&self) -> u64 {
        let (keys, idle) = (Keys::new(), Idle::default());
        let mut executions = 0;
        for same in self.segments.chunk_by(|a, b| a.kind == b.kind) {
            let Some(kind) = same.first().map(|s| s.kind.as_str()) else { continue };
            let Some(plan) = self.set.plans.get(kind) else { continue };
            let inputs: Vec<_> =
                same.iter().flat_map(|s| s.texts.iter().map(move |t| (s, t))).collect();
            let one = |lent: &mut Lent<'_>,
                       (segment, text): &(&Prepared, &(String, Vec<usize>))| {
                let (text, open) = text;
                let Ok(Value::Object(mut object)) = Value::from_json_str(text) else { return 0 };
                let object = Arc::make_mut(&mut object);
                for (n, place) in open.iter().enumerate() {
                    let Some(group) = plan.groups.get(*place) else { continue };
                    let last = n + 1 == open.len();
                    let mut input = if last { std::mem::take(object) } else { object.clone() };
                    let related = segment.related.get(*place).cloned();
                    input.insert(keys.related.clone(), related.unwrap_or(Value::Undefined));
                    input.insert(keys.params.clone(), group.params.clone());
                    let input = Value::Object(Arc::new(input));
                    std::hint::black_box(lent.runner().run(*place, group, input));
                }
                open.len() as u64
            };
            executions += inputs
                .par_iter()
                .with_min_len(CHUNK / 4)
                .map_init(|| Lent::new(&idle, kind, plan), one)
                .sum::<u64>();
        }
        executions
    }
}
