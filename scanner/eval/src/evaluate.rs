//! From a snapshot to verdicts, in the design's order and in bounded memory.

use std::cell::RefCell;
use std::collections::BTreeMap;

use assay_core::Verdict;
use assay_core::manifest::{DISCOVERIES, SegmentInfo};
use assay_core::verdict::{Cause, CauseKind};
use assay_snapshot::{SnapshotError, Source};

use crate::block::{Work, in_order};
use crate::document::Segment;
use crate::gate::Keys;
use crate::run::Runner;
use crate::set::{Plan, RuleSet, SetError};
use crate::spool::Spool;
use crate::world::{AccountWorld, Shared, incomplete};

/// Documents of the accounts that are judged together. What is known of their accounts is in memory
/// at the same time.
const BLOCK: u64 = 4_096;

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
    /// A temporary file cannot be written or read.
    #[error(
        "cannot keep verdicts in a temporary file in {folder}: {source}; set TMPDIR to a folder \
         with room"
    )]
    Spool {
        /// The folder.
        folder: String,
        /// The error.
        source: std::io::Error,
    },
    /// Rules do not compile together.
    #[error(transparent)]
    Set(#[from] SetError),
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
/// Accounts are judged in blocks, so that what is known of an account is worked out once; where one
/// block does not hold all, verdicts wait in temporary files (`TMPDIR`).
///
/// # Errors
///
/// If the snapshot cannot be read, or a temporary file cannot be written.
pub fn evaluate(set: &RuleSet, source: &dyn Source, each: &mut Each<'_>) -> Result<(), EvalError> {
    evaluate_blocks(set, source, BLOCK, false, each)
}

/// The same for a set that judges nothing else: compiled rules are let go of when their type is done.
///
/// # Errors
///
/// See [`evaluate`].
pub fn evaluate_once(
    set: &RuleSet,
    source: &dyn Source,
    each: &mut Each<'_>,
) -> Result<(), EvalError> {
    evaluate_blocks(set, source, BLOCK, true, each)
}

/// The same with blocks of another size, in documents.
pub(crate) fn evaluate_blocks(
    set: &RuleSet,
    source: &dyn Source,
    size: u64,
    once: bool,
    each: &mut Each<'_>,
) -> Result<(), EvalError> {
    let shared = Shared::new(source, set);
    let mut work = Work::new(set, &shared);
    let blocks = blocks(&shared, size);
    if let [block] = blocks.as_slice() {
        work.once = once;
        return work.together(block, &mut |_, judged| {
            for verdict in judged.verdicts {
                each(verdict, judged.tags.as_ref());
            }
            Ok(())
        });
    }
    let mut spool = Spool::create()?;
    for block in &blocks {
        if let [_] = block.as_slice() {
            work.together(block, &mut |info, judged| spool.put(set, info, &judged))?;
            spool.flush()?;
        } else {
            for (kind, pack) in work.apart(block)? {
                spool.run(kind, &pack)?;
            }
        }
    }
    drop(work);
    spool.merge(set, each)
}

/// Cuts the accounts into blocks of about so many documents, at least one account each.
fn blocks<'a>(shared: &Shared<'a>, size: u64) -> Vec<Vec<&'a str>> {
    let mut out: Vec<Vec<&str>> = Vec::new();
    let mut held = size;
    for (account, documents) in shared.sizes() {
        match out.last_mut().filter(|_| held + documents <= size) {
            Some(block) => {
                held += documents;
                block.push(account);
            }
            None => {
                held = documents;
                out.push(vec![account]);
            }
        }
    }
    out
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
                    message: "they do not compile, or the interpreter does not take them"
                        .to_owned(),
                })?;
            kept.insert(segment.kind.clone(), runner);
        }
        let Some(runner) = kept.get(&segment.kind) else { return Ok(()) };
        let mut last = String::new();
        let mut lines = source.lines(info)?;
        while let Some(line) = lines.next()? {
            let judged = segment.judge(&mut runner.borrow_mut(), line.bytes())?;
            in_order(&mut last, &judged.id, info)?;
            judged.verdicts.into_iter().for_each(&mut *each);
        }
        Ok(())
    })
}

pub(crate) type EachSegment<'f> =
    dyn FnMut(&Segment<'_>, &SegmentInfo) -> Result<(), EvalError> + 'f;

/// Walks the segments that rules judge, one after the other.
pub(crate) fn segments(
    set: &RuleSet,
    source: &dyn Source,
    each: &mut EachSegment<'_>,
) -> Result<(), EvalError> {
    let keys = Keys::new();
    let shared = Shared::new(source, set);
    let mut worlds: BTreeMap<&str, AccountWorld<'_>> = BTreeMap::new();
    for info in source.segments() {
        let Some(plan) = set.plans.get(&*info.kind) else { continue };
        let world = worlds
            .entry(&info.account)
            .or_insert_with(|| AccountWorld::new(&shared, &info.account));
        each(&Segment::new(set, plan, world, &keys, info), info)?;
        if let Some(e) = world.take_error() {
            return Err(e.into());
        }
    }
    Ok(())
}

/// Why nothing of an account can be assessed: discovery is not complete.
pub(crate) fn blocked(shared: &Shared<'_>, provider: &str, account: &str) -> Option<Cause> {
    let (_, discovery) = DISCOVERIES.iter().find(|(p, _)| *p == provider)?;
    if !shared.knows(discovery) {
        return None;
    }
    let listing = shared.listing(account, "global", discovery);
    let gap = incomplete(listing, account, "global", discovery)?;
    Some(Cause {
        kind: CauseKind::ListingIncomplete,
        what: format!("related/{discovery}"),
        operation: gap.operation,
        detail: gap.detail,
    })
}
