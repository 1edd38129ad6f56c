//! The least that judging could cost: the same programs over the same inputs, nothing else.
//!
//! For benchmarks only: [`evaluate`](fn@crate::evaluate) is measured against it. What is left is to
//! parse each input, set it and execute the programs that the whole run executes too: an input
//! holds what rules see and no more, derived facets included, and a program whose rules all stop at
//! the gate is not executed. Reading, digests, deriving, related documents, the gate and verdicts
//! are left out; related documents and parameters are ready in memory.
//!
//! Derived facets are joins over other documents that no rule could do for itself, so there is a
//! second bound, [`joined`]: the same loop, which also reads the documents and makes its inputs.

use std::sync::Arc;

use assay_snapshot::Source;
use rayon::prelude::*;
use regorus::Value;
use regorus::value::Object;

use crate::block::{CHUNK, Idle, Lent, Work};
use crate::document::Segment;
use crate::evaluate::{EvalError, segments};
use crate::gate::Keys;
use crate::set::{Plan, RuleSet};
use crate::world::{AccountWorld, Shared};

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
            set.ready(&info.kind)?;
            let mut lines = source.lines(info)?;
            let mut texts = Vec::new();
            while let Some(line) = lines.next()? {
                let (object, open) = segment.input(line.bytes())?;
                let text = Value::Object(object).to_json_str();
                let kind = info.kind.to_string();
                let text =
                    text.map_err(|e| EvalError::Document { kind, message: e.to_string() })?;
                texts.push((text, open));
            }
            let related = (0..segment.plan.groups.len()).map(|n| segment.related(n)).collect();
            prepared.push(Prepared { kind: info.kind.to_string(), related, texts });
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
                let Ok(Value::Object(object)) = Value::from_json_str(text) else { return 0 };
                execute(lent, plan, &keys, object, open, |place| {
                    segment.related.get(place).cloned().unwrap_or(Value::Undefined)
                })
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

/// The same with the making of its inputs: documents are read, related ones put together, facets
/// derived. How many executions.
///
/// # Errors
///
/// If the snapshot cannot be read.
pub fn joined(set: &RuleSet, source: &dyn Source) -> Result<u64, EvalError> {
    let shared = Shared::new(source, set);
    let work = Work::new(set, &shared);
    let accounts: Vec<&str> = shared.sizes().map(|(account, _)| account).collect();
    accounts.par_iter().map(|account| one_account(&work, account)).sum()
}

fn one_account(work: &Work<'_>, account: &str) -> Result<u64, EvalError> {
    let world = AccountWorld::new(work.shared, account);
    let mut executions = 0;
    for info in work.shared.segments(account) {
        let Some(plan) = work.set.ready(&info.kind)? else { continue };
        let segment = Segment::new(work.set, plan, &world, &work.keys, info);
        let mut lent = Lent::new(&work.idle, &info.kind, plan);
        let mut judge = |line: &[u8]| {
            let (object, open) = segment.input(line)?;
            let related = |place| segment.related(place);
            executions += execute(&mut lent, plan, &work.keys, object, &open, related);
            Ok::<(), EvalError>(())
        };
        if let Some(lines) = world.lines(&info.path) {
            lines.iter().try_for_each(&mut judge)?;
        } else {
            let mut lines = work.shared.source.lines(info)?;
            while let Some(line) = lines.next()? {
                judge(line.bytes())?;
            }
        }
    }
    world.take_error().map_or(Ok(executions), |e| Err(e.into()))
}

/// Sets an input and executes the groups that are open.
fn execute(
    lent: &mut Lent<'_>,
    plan: &Plan,
    keys: &Keys,
    mut object: Arc<Object>,
    open: &[usize],
    related: impl Fn(usize) -> Value,
) -> u64 {
    let object = Arc::make_mut(&mut object);
    for (n, place) in open.iter().enumerate() {
        let Some(group) = plan.groups.get(*place) else { continue };
        let last = n + 1 == open.len();
        let mut input = if last { std::mem::take(object) } else { object.clone() };
        input.insert(keys.related.clone(), related(*place));
        input.insert(keys.params.clone(), group.params.clone());
        std::hint::black_box(lent.runner().run(*place, group, Value::Object(Arc::new(input))));
    }
    open.len() as u64
}
