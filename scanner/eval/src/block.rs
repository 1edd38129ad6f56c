//! Judges accounts on all threads: large ones document by document, small ones beside each other.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use assay_core::manifest::SegmentInfo;
use assay_snapshot::Lines;
use rayon::prelude::*;

use crate::document::{Judgement, Segment};
use crate::evaluate::EvalError;
use crate::gate::Keys;
use crate::run::Runner;
use crate::set::{Plan, RuleSet};
use crate::spool::Pack;
use crate::world::{AccountWorld, Shared};

/// Documents that are judged together.
pub(crate) const CHUNK: usize = 512;

type Judged<'i> = Vec<(&'i SegmentInfo, Result<Judgement, EvalError>)>;

/// Takes what was said of a document, in order.
pub(crate) type EachDocument<'f> = dyn FnMut(&SegmentInfo, Judgement) -> Result<(), EvalError> + 'f;

/// What judging takes.
pub(crate) struct Work<'w> {
    pub(crate) set: &'w RuleSet,
    pub(crate) shared: &'w Shared<'w>,
    pub(crate) keys: Keys,
    pub(crate) idle: Idle,
    /// Whether nobody judges with this set again: compiled rules go as soon as their type is done.
    pub(crate) once: bool,
}

impl<'w> Work<'w> {
    pub(crate) fn new(set: &'w RuleSet, shared: &'w Shared<'w>) -> Self {
        Self { set, shared, keys: Keys::new(), idle: Idle::default(), once: false }
    }

    /// Judges all documents of some accounts, type by type, the documents of each on all threads.
    pub(crate) fn together(
        &self,
        accounts: &[&str],
        each: &mut EachDocument<'_>,
    ) -> Result<(), EvalError> {
        let worlds: BTreeMap<&str, AccountWorld<'_>> =
            accounts.iter().map(|a| (*a, AccountWorld::new(self.shared, a))).collect();
        let all = self.shared.source.segments().iter();
        let mine: Vec<&SegmentInfo> =
            all.filter(|s| worlds.contains_key(s.account.as_str())).collect();
        for same in mine.chunk_by(|a, b| a.kind == b.kind) {
            let Some(kind) = same.first().map(|s| s.kind.as_str()) else { continue };
            let Some(plan) = self.set.ready(kind)? else { continue };
            Context { work: self, kind, plan, worlds: &worlds }.run(same, each)?;
            if self.once {
                self.idle.forget(kind);
                self.set.forget(kind);
            }
            if let Some(e) = worlds.values().find_map(AccountWorld::take_error) {
                return Err(e.into());
            }
        }
        Ok(())
    }

    /// Judges some small accounts, each on one thread: the packed verdicts of each type, in order
    /// of accounts.
    pub(crate) fn apart(&self, accounts: &[&str]) -> Result<BTreeMap<&'w str, Vec<u8>>, EvalError> {
        let packs: Vec<_> = accounts.par_iter().map(|a| self.account(a)).collect();
        let mut out: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
        for packs in packs {
            for (kind, pack) in packs? {
                out.entry(kind).or_default().extend_from_slice(pack.bytes());
            }
        }
        Ok(out)
    }

    fn account(&self, account: &str) -> Result<Vec<(&'w str, Pack)>, EvalError> {
        let world = AccountWorld::new(self.shared, account);
        let mut out = Vec::new();
        for same in self.shared.segments(account).chunk_by(|a, b| a.kind == b.kind) {
            let Some(kind) = same.first().map(|s| s.kind.as_str()) else { continue };
            let Some(plan) = self.set.ready(kind)? else { continue };
            let mut lent = Lent::new(&self.idle, kind, plan);
            let mut pack = Pack::default();
            for info in same {
                let mut last = String::new();
                self.whole(&world, &mut lent, info, &mut |judged| {
                    let judged = judged?;
                    in_order(&mut last, &judged.id, info)?;
                    pack.put(self.set, info, &judged);
                    Ok(())
                })?;
            }
            if let Some(e) = world.take_error() {
                return Err(e.into());
            }
            out.push((kind, pack));
        }
        Ok(out)
    }

    /// A whole segment, on this thread.
    fn whole(
        &self,
        world: &AccountWorld<'_>,
        lent: &mut Lent<'_>,
        info: &SegmentInfo,
        each: &mut dyn FnMut(Result<Judgement, EvalError>) -> Result<(), EvalError>,
    ) -> Result<(), EvalError> {
        let segment = Segment::new(self.set, lent.plan, world, &self.keys, info);
        if let Some(lines) = world.lines(&info.path) {
            return lines.iter().try_for_each(|line| each(segment.judge(lent.runner(), line)));
        }
        let mut lines = self.shared.source.lines(info)?;
        while let Some(line) = lines.next()? {
            each(segment.judge(lent.runner(), line.bytes()))?;
        }
        Ok(())
    }
}

/// Judging the documents of one type.
struct Context<'c> {
    work: &'c Work<'c>,
    kind: &'c str,
    plan: &'c Plan,
    worlds: &'c BTreeMap<&'c str, AccountWorld<'c>>,
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
        segments: &[&'i SegmentInfo],
        each: &mut EachDocument<'_>,
    ) -> Result<(), EvalError> {
        let mut jobs = Jobs { context: self, left: segments.iter(), open: None, next: None };
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
                    scope.spawn(move |_| *next = self.judge(job));
                }
                hand_out(std::mem::take(&mut ready), &mut last, each)
            })?;
            if ended {
                return Ok(());
            }
            ready = next;
        }
    }

    fn judge<'i>(&self, job: Job<'_, 'i>) -> Judged<'i> {
        let lend = || Lent::new(&self.work.idle, self.kind, self.plan);
        match job {
            Job::Segments(infos) => infos
                .par_iter()
                .map_init(lend, |lent, info| self.whole(lent, info))
                .flatten_iter()
                .collect(),
            Job::Chunk(info, segment, lines) => lines
                .par_iter()
                .map_init(lend, |lent, line| (info, segment.judge(lent.runner(), line)))
                .collect(),
        }
    }

    fn whole<'i>(&self, lent: &mut Lent<'_>, info: &'i SegmentInfo) -> Judged<'i> {
        let Some(world) = self.worlds.get(info.account.as_str()) else { return Vec::new() };
        let mut out = Vec::new();
        let done = self.work.whole(world, lent, info, &mut |judged| {
            out.push((info, judged));
            Ok(())
        });
        out.extend(done.err().map(|e| (info, Err(e))));
        out
    }
}

/// Cuts segments into jobs.
struct Jobs<'c, 'i, 's> {
    context: &'c Context<'c>,
    left: std::slice::Iter<'s, &'i SegmentInfo>,
    open: Option<(&'i SegmentInfo, std::sync::Arc<Segment<'c>>, Lines<'s>)>,
    /// A large segment that comes after the small ones that were just given.
    next: Option<&'i SegmentInfo>,
}

impl<'c: 's, 'i, 's> Jobs<'c, 'i, 's> {
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
                let Context { work, plan, worlds, .. } = self.context;
                if let Some(world) = worlds.get(info.account.as_str()) {
                    let segment = Segment::new(work.set, plan, world, &work.keys, info);
                    self.open = Some((info, segment.into(), work.shared.source.lines(info)?));
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

/// Runners that nobody uses now, by type: making one is dearer than judging a document.
#[derive(Default)]
pub(crate) struct Idle(Mutex<BTreeMap<String, Vec<Runner>>>);

impl Idle {
    fn forget(&self, kind: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(kind);
    }
}

/// A runner, given back when it is dropped.
pub(crate) struct Lent<'l> {
    runner: Option<Runner>,
    idle: &'l Idle,
    kind: &'l str,
    plan: &'l Plan,
}

impl<'l> Lent<'l> {
    pub(crate) fn new(idle: &'l Idle, kind: &'l str, plan: &'l Plan) -> Self {
        let mut all = idle.0.lock().unwrap_or_else(PoisonError::into_inner);
        Self { runner: all.get_mut(kind).and_then(Vec::pop), idle, kind, plan }
    }

    pub(crate) fn runner(&mut self) -> &mut Runner {
        self.runner.get_or_insert_with(|| Runner::machines(self.plan))
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        if let Some(runner) = self.runner.take() {
            let mut all = self.idle.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.entry(self.kind.to_owned()).or_default().push(runner);
        }
    }
}

fn hand_out(
    ready: Judged<'_>,
    last: &mut (*const SegmentInfo, String),
    each: &mut EachDocument<'_>,
) -> Result<(), EvalError> {
    for (info, judged) in ready {
        let judged = judged?;
        if !std::ptr::eq(last.0, info) {
            *last = (info, String::new());
        }
        in_order(&mut last.1, &judged.id, info)?;
        each(info, judged)?;
    }
    Ok(())
}

/// Documents of a segment come in order of their ids; else the snapshot is damaged.
pub(crate) fn in_order(last: &mut String, id: &str, info: &SegmentInfo) -> Result<(), EvalError> {
    if !last.is_empty() && last.as_str() >= id {
        return Err(EvalError::Order { segment: info.path.clone(), id: id.to_owned() });
    }
    id.clone_into(last);
    Ok(())
}
