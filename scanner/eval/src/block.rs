//! Judges a block of accounts on all threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use assay_core::manifest::SegmentInfo;
use assay_snapshot::{Lines, Source};
use rayon::prelude::*;

use crate::document::{Judgement, Segment};
use crate::evaluate::{Each, EvalError};
use crate::gate::Keys;
use crate::run::Runner;
use crate::set::{Plan, RuleSet};
use crate::world::{AccountWorld, Shared};

/// Documents that are judged together.
pub(crate) const CHUNK: usize = 512;

type Judged<'i> = Vec<(&'i SegmentInfo, Result<Judgement, EvalError>)>;

/// Judges all documents of some accounts; verdicts come in order.
pub(crate) fn judge(
    set: &RuleSet,
    shared: &Shared<'_>,
    accounts: &BTreeSet<&str>,
    each: &mut Each<'_>,
) -> Result<(), EvalError> {
    let keys = Keys::new();
    let worlds: BTreeMap<&str, AccountWorld<'_>> =
        accounts.iter().map(|a| (*a, AccountWorld::new(shared, a))).collect();
    let mine: Vec<&SegmentInfo> =
        shared.source.segments().iter().filter(|s| accounts.contains(s.account.as_str())).collect();
    for same in mine.chunk_by(|a, b| a.kind == b.kind) {
        let Some(plan) = same.first().and_then(|s| set.plans.get(&s.kind)) else { continue };
        let context = Context { set, plan, worlds: &worlds, keys: &keys, idle: Mutex::default() };
        context.run(shared.source, same, each)?;
        if let Some(e) = worlds.values().find_map(AccountWorld::take_error) {
            return Err(e.into());
        }
    }
    Ok(())
}

/// What judging the documents of one type takes.
struct Context<'c> {
    set: &'c RuleSet,
    plan: &'c Plan,
    worlds: &'c BTreeMap<&'c str, AccountWorld<'c>>,
    keys: &'c Keys,
    /// Runners that nobody uses now.
    idle: Mutex<Vec<Runner>>,
}

/// What is judged together.
enum Job<'c, 'i> {
    /// Whole segments, small ones.
    Segments(Vec<&'i SegmentInfo>),
    /// A part of a large segment.
    Chunk(&'i SegmentInfo, std::sync::Arc<Segment<'c>>, Vec<Vec<u8>>),
}

impl<'c> Context<'c> {
    fn run<'i>(
        &'c self,
        source: &dyn Source,
        segments: &[&'i SegmentInfo],
        each: &mut Each<'_>,
    ) -> Result<(), EvalError> {
        let mut jobs =
            Jobs { context: self, source, left: segments.iter(), open: None, next: None };
        let mut last = (std::ptr::null(), String::new());
        let mut ready: Judged<'i> = Vec::new();
        loop {
            let job = jobs.next()?;
            let ended = job.is_none();
            let mut next = Vec::new();
            // The other threads judge while this one hands out the verdicts of the last job.
            rayon::in_place_scope(|scope| {
                if let Some(job) = job {
                    let next = &mut next;
                    scope.spawn(move |_| *next = self.judge(source, job));
                }
                hand_out(std::mem::take(&mut ready), &mut last, each)
            })?;
            if ended {
                return Ok(());
            }
            ready = next;
        }
    }

    fn segment(&self, info: &SegmentInfo) -> Option<Segment<'_>> {
        let world = self.worlds.get(info.account.as_str())?;
        Some(Segment::new(self.set, self.plan, world, self.keys, info))
    }

    fn judge<'i>(&self, source: &dyn Source, job: Job<'_, 'i>) -> Judged<'i> {
        match job {
            Job::Segments(infos) => infos
                .par_iter()
                .map_init(|| Lent::from(self), |lent, info| self.whole(source, lent, info))
                .flatten_iter()
                .collect(),
            Job::Chunk(info, segment, lines) => lines
                .par_iter()
                .map_init(
                    || Lent::from(self),
                    |lent, line| (info, segment.judge(lent.runner(), line)),
                )
                .collect(),
        }
    }

    /// A whole segment, on this thread.
    fn whole<'i>(
        &self,
        source: &dyn Source,
        lent: &mut Lent<'_>,
        info: &'i SegmentInfo,
    ) -> Judged<'i> {
        let Some(segment) = self.segment(info) else { return Vec::new() };
        let mut out = Vec::new();
        let mut lines = match source.lines(info) {
            Ok(lines) => lines,
            Err(e) => return vec![(info, Err(e.into()))],
        };
        loop {
            match lines.next() {
                Ok(Some(line)) => out.push((info, segment.judge(lent.runner(), line.bytes()))),
                Ok(None) => return out,
                Err(e) => {
                    out.push((info, Err(e.into())));
                    return out;
                }
            }
        }
    }
}

/// Cuts segments into jobs.
struct Jobs<'c, 'i, 's> {
    context: &'c Context<'c>,
    source: &'s dyn Source,
    left: std::slice::Iter<'s, &'i SegmentInfo>,
    open: Option<(&'i SegmentInfo, std::sync::Arc<Segment<'c>>, Lines<'s>)>,
    /// A large segment that comes after the small ones that were just given.
    next: Option<&'i SegmentInfo>,
}

impl<'c, 'i> Jobs<'c, 'i, '_> {
    fn next(&mut self) -> Result<Option<Job<'c, 'i>>, EvalError> {
        loop {
            if let Some((info, segment, lines)) = &mut self.open {
                let mut chunk = Vec::with_capacity(CHUNK);
                while chunk.len() < CHUNK
                    && let Some(line) = lines.next()?
                {
                    chunk.push(line.bytes().to_vec());
                }
                if !chunk.is_empty() {
                    return Ok(Some(Job::Chunk(info, std::sync::Arc::clone(segment), chunk)));
                }
                self.open = None;
            }
            if let Some(info) = self.next.take() {
                if let Some(segment) = self.context.segment(info) {
                    self.open = Some((info, segment.into(), self.source.lines(info)?));
                }
                continue;
            }
            let (mut small, mut held) = (Vec::new(), 0);
            while held < CHUNK as u64
                && let Some(info) = self.left.next()
            {
                if info.count > CHUNK as u64 {
                    self.next = Some(info);
                    break;
                }
                held += info.count;
                small.push(*info);
            }
            if !small.is_empty() {
                return Ok(Some(Job::Segments(small)));
            }
            if self.next.is_none() {
                return Ok(None);
            }
        }
    }
}

/// A runner, given back when it is dropped: making one is dearer than judging a document.
struct Lent<'c> {
    runner: Option<Runner>,
    context: &'c Context<'c>,
}

impl<'c> Lent<'c> {
    fn from(context: &'c Context<'c>) -> Self {
        let idle = context.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self { runner: idle, context }
    }

    fn runner(&mut self) -> &mut Runner {
        self.runner.get_or_insert_with(|| Runner::machines(self.context.plan))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(runner) = self.runner.take() {
            self.context.idle.lock().unwrap_or_else(PoisonError::into_inner).push(runner);
        }
    }
}

fn hand_out(
    ready: Judged<'_>,
    last: &mut (*const SegmentInfo, String),
    each: &mut Each<'_>,
) -> Result<(), EvalError> {
    for (info, judged) in ready {
        let judged = judged?;
        if !std::ptr::eq(last.0, info) {
            *last = (info, String::new());
        }
        in_order(&mut last.1, judged.id, info)?;
        for verdict in judged.verdicts {
            each(verdict, judged.tags.as_ref());
        }
    }
    Ok(())
}

/// Documents of a segment come in order of their ids; else the snapshot is damaged.
pub(crate) fn in_order(last: &mut String, id: String, info: &SegmentInfo) -> Result<(), EvalError> {
    if !last.is_empty() && *last >= id {
        return Err(EvalError::Order { segment: info.path.clone(), id });
    }
    *last = id;
    Ok(())
}
