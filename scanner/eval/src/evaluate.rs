//! From a snapshot to verdicts, in the design's order and in bounded memory.

use std::cell::RefCell;
use std::collections::BTreeMap;

use assay_core::Verdict;
use assay_core::manifest::SegmentInfo;
use assay_core::verdict::{Cause, CauseKind};
use assay_snapshot::{SnapshotError, Source};
use rayon::prelude::*;

use crate::document::{Judgement, Segment};
use crate::gate::Keys;
use crate::run::Runner;
use crate::set::{Plan, RuleSet};
use crate::world::{AccountWorld, incomplete};

/// Documents that are judged together.
pub(crate) const CHUNK: usize = 512;

/// The listing that says which regions an account has.
const DISCOVERY: &str = "Assay::AWS::Region";

/// Why a judgement stopped.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The snapshot cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A document is none.
    #[error(
        "a document of {kind} cannot be judged: {message}; the snapshot is damaged, collect again"
    )]
    Document {
        /// The type.
        kind: String,
        /// What is wrong.
        message: String,
    },
    /// Documents do not come in order.
    #[error(
        "segment {segment} is not in order of ids at {id}; the snapshot is damaged, collect again"
    )]
    Order {
        /// The segment's path.
        segment: String,
        /// The first id out of order.
        id: String,
    },
    /// The rules cannot be run.
    #[error("cannot run the rules of {kind}: {message}")]
    Rules {
        /// The type.
        kind: String,
        /// What the engine said.
        message: String,
    },
}

/// Takes verdicts in their order; beside a failure the tags of its resource, `None` where they are
/// unknown.
pub type Each<'f> = dyn FnMut(Verdict, Option<&BTreeMap<String, String>>) + 'f;

/// Judges every document of a snapshot by every rule of its type, on all threads.
///
/// Verdicts come in order of type, account, region, id and rule, whatever the number of threads.
///
/// # Errors
///
/// If the snapshot cannot be read.
pub fn evaluate(set: &RuleSet, source: &dyn Source, each: &mut Each<'_>) -> Result<(), EvalError> {
    segments(set, source, &mut |segment, info| {
        let mut last = String::new();
        let mut lines = source.lines(info)?;
        let mut ready: Vec<Result<Judgement, EvalError>> = Vec::new();
        loop {
            let mut chunk: Vec<Vec<u8>> = Vec::with_capacity(CHUNK.min(info.count as usize));
            while chunk.len() < CHUNK
                && let Some(line) = lines.next()?
            {
                chunk.push(line.bytes().to_vec());
            }
            let mut next = Vec::new();
            // The other threads judge a chunk while this one hands out the verdicts of the last.
            let handed = rayon::in_place_scope(|scope| {
                if !chunk.is_empty() {
                    scope.spawn(|_| next = judge(segment, &chunk));
                }
                hand_out(std::mem::take(&mut ready), &mut last, info, each)
            });
            handed?;
            if chunk.is_empty() {
                return Ok(());
            }
            ready = next;
        }
    })
}

/// Judges a chunk on all threads; the answers come in the chunk's order.
fn judge(segment: &Segment<'_>, chunk: &[Vec<u8>]) -> Vec<Result<Judgement, EvalError>> {
    chunk
        .par_iter()
        .map_init(|| Runner::machines(segment.plan), |runner, line| segment.judge(runner, line))
        .collect()
}

fn hand_out(
    ready: Vec<Result<Judgement, EvalError>>,
    last: &mut String,
    info: &SegmentInfo,
    each: &mut Each<'_>,
) -> Result<(), EvalError> {
    for judged in ready {
        let judged = judged?;
        in_order(last, judged.id, info)?;
        for verdict in judged.verdicts {
            each(verdict, judged.tags.as_ref());
        }
    }
    Ok(())
}

/// The same on one thread, by runners that the caller keeps: for cases.
pub(crate) fn evaluate_with(
    set: &RuleSet,
    source: &dyn Source,
    runner_of: &dyn Fn(&str, &Plan) -> Option<RefCell<Runner>>,
    kept: &mut BTreeMap<String, RefCell<Runner>>,
    each: &mut dyn FnMut(Verdict),
) -> Result<(), EvalError> {
    segments(set, source, &mut |segment, info| {
        if !kept.contains_key(&segment.kind) {
            let runner =
                runner_of(&segment.kind, segment.plan).ok_or_else(|| EvalError::Rules {
                    kind: segment.kind.clone(),
                    message: "the interpreter does not take them".to_owned(),
                })?;
            kept.insert(segment.kind.clone(), runner);
        }
        let Some(runner) = kept.get(&segment.kind) else { return Ok(()) };
        let mut last = String::new();
        let mut lines = source.lines(info)?;
        while let Some(line) = lines.next()? {
            let judged = segment.judge(&mut runner.borrow_mut(), line.bytes())?;
            in_order(&mut last, judged.id, info)?;
            judged.verdicts.into_iter().for_each(&mut *each);
        }
        Ok(())
    })
}

fn in_order(last: &mut String, id: String, info: &SegmentInfo) -> Result<(), EvalError> {
    if !last.is_empty() && *last >= id {
        return Err(EvalError::Order { segment: info.path.clone(), id });
    }
    *last = id;
    Ok(())
}

pub(crate) type EachSegment<'f> =
    dyn FnMut(&Segment<'_>, &SegmentInfo) -> Result<(), EvalError> + 'f;

/// Walks the segments that rules judge, one account's world at a time.
pub(crate) fn segments(
    set: &RuleSet,
    source: &dyn Source,
    each: &mut EachSegment<'_>,
) -> Result<(), EvalError> {
    let keys = Keys::new();
    let now = source.manifest().ended.to_string();
    let mut world: Option<AccountWorld<'_>> = None;
    for info in source.segments() {
        let Some(plan) = set.plans.get(&info.kind) else { continue };
        if world.as_ref().is_none_or(|w| w.account != info.account) {
            world = Some(AccountWorld::new(source, &set.types, &set.wanted, &info.account));
        }
        let Some(world) = &world else { continue };
        let blocked = blocked(set, source, &info.provider, &info.account);
        let segment = Segment::new(set, plan, world, &keys, info, &now, blocked);
        each(&segment, info)?;
        if let Some(e) = world.take_error() {
            return Err(e.into());
        }
    }
    Ok(())
}

/// Why nothing of an account can be assessed: discovery is not complete.
pub(crate) fn blocked(
    set: &RuleSet,
    source: &dyn Source,
    provider: &str,
    account: &str,
) -> Option<Cause> {
    if provider != "aws" || set.types.get(DISCOVERY).is_none() {
        return None;
    }
    let gap =
        incomplete(source.listing(account, "global", DISCOVERY), account, "global", DISCOVERY)?;
    Some(Cause {
        kind: CauseKind::ListingIncomplete,
        what: format!("related/{DISCOVERY}"),
        operation: gap.operation,
        detail: gap.detail,
    })
}
