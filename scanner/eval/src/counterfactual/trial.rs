//! Judges changed documents by the evaluation that judges everything else.

use std::collections::BTreeSet;

use assay_core::manifest::SegmentInfo;
use assay_core::{Resource, Status, Verdict};
use assay_snapshot::Source;
use serde_json::Value;

use super::edit::{Edit, Key, apply};
use super::overlay::{Overlay, fits, line};
use crate::document::Segment;
use crate::evaluate::EvalError;
use crate::gate::Keys;
use crate::reads::Read;
use crate::run::Runner;
use crate::set::{Plan, RuleSet};
use crate::world::{AccountWorld, Shared};

/// One rule on one document, to be judged again and again.
pub(super) struct Trial<'t> {
    pub(super) set: &'t RuleSet,
    pub(super) plan: &'t Plan,
    pub(super) source: &'t dyn Source,
    pub(super) info: &'t SegmentInfo,
    /// The document as it lies in the snapshot.
    pub(super) own: Value,
    pub(super) key: Key,
    /// The world as it is.
    segment: Segment<'t>,
    runner: Runner,
    /// Whether what is around the document can be made of the document itself: then a changed
    /// document needs a changed world.
    mirrored: bool,
    /// Changed documents that were judged.
    pub(super) tried: u64,
    /// What may still be spent: one for a small document alone, more for a large one or a large
    /// world around it.
    left: u64,
    alone: u64,
    around: u64,
}

/// Bytes of a document that count as one try.
const BYTES: u64 = 64 << 10;
/// Documents around it that count as one try.
const DOCUMENTS: u64 = 200;

impl<'t> Trial<'t> {
    pub(super) fn new(
        set: &'t RuleSet,
        plan: &'t Plan,
        world: &'t AccountWorld<'t>,
        keys: &'t Keys,
        info: &'t SegmentInfo,
        own: &Resource,
        most: u64,
    ) -> Result<Self, EvalError> {
        let own_json = serde_json::to_value(own)
            .map_err(|e| EvalError::Document { kind: own.kind.clone(), message: e.to_string() })?;
        let alone = 1 + own_json.to_string().len() as u64 / BYTES;
        Ok(Self {
            set,
            plan,
            source: world.shared.source,
            info,
            own: own_json,
            key: Key::of(own),
            segment: Segment::new(set, plan, world, keys, info),
            runner: Runner::machines(plan),
            mirrored: around(plan).contains(own.kind.as_str()),
            tried: 0,
            left: most,
            alone,
            around: alone + world.shared.documents(&around(plan)) / DOCUMENTS,
        })
    }

    /// Whether as many changes were judged as may be.
    pub(super) const fn spent(&self) -> bool {
        self.left == 0
    }

    /// Whether the changed documents make the rule say `status`.
    pub(super) fn holds(&mut self, edits: &[Edit], status: Status) -> Result<bool, EvalError> {
        if self.spent() {
            return Ok(false);
        }
        let own = edits.iter().all(|e| e.of == self.key);
        let verdict = if own && !self.mirrored { self.alone(edits)? } else { self.around(edits)? };
        Ok(verdict.is_some_and(|v| v.status == status))
    }

    /// The verdict on the changed document in the world as it is.
    fn alone(&mut self, edits: &[Edit]) -> Result<Option<Verdict>, EvalError> {
        let edits: Vec<&Edit> = edits.iter().collect();
        let changed = apply(&self.own, &edits).and_then(|doc| fits(doc, &self.set.types));
        let Some(line) = changed.and_then(|r| serde_json::to_vec(&r).ok()) else {
            return Ok(None);
        };
        self.tried += 1;
        self.left = self.left.saturating_sub(self.alone);
        let judged = self.segment.judge(&mut self.runner, &line)?;
        Ok(judged.verdicts.into_iter().next())
    }

    /// The verdict where documents around it changed too.
    fn around(&mut self, edits: &[Edit]) -> Result<Option<Verdict>, EvalError> {
        let Some(overlay) = Overlay::new(self.source, edits, &self.set.types)? else {
            return Ok(None);
        };
        self.tried += 1;
        self.left = self.left.saturating_sub(self.around);
        judge(&overlay, self.set, self.plan, self.info, &self.key.id, &mut self.runner)
    }

    /// Replays a change from the start, on the bytecode and on the interpreter: the verdict, where
    /// both say the same.
    pub(super) fn replay(&self, edits: &[Edit]) -> Result<Option<Verdict>, EvalError> {
        let Some(overlay) = Overlay::new(self.source, edits, &self.set.types)? else {
            return Ok(None);
        };
        both(&overlay, self.set, self.plan, self.info, &self.key.id)
    }
}

/// One document of a snapshot, judged on the bytecode and on the interpreter: the verdict, where
/// both say the same.
pub(super) fn both(
    source: &dyn Source,
    set: &RuleSet,
    plan: &Plan,
    info: &SegmentInfo,
    id: &str,
) -> Result<Option<Verdict>, EvalError> {
    let bytecode = judge(source, set, plan, info, id, &mut Runner::machines(plan))?;
    let Ok(mut interpreters) = Runner::interpreters(set, plan) else { return Ok(None) };
    let interpreted = judge(source, set, plan, info, id, &mut interpreters)?;
    Ok(bytecode.filter(|b| interpreted.as_ref() == Some(b)))
}

/// The types of which documents are looked at around the judged one.
fn around(plan: &Plan) -> BTreeSet<&str> {
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    for item in &plan.items {
        kinds.extend(item.listings.iter().map(|(kind, _)| kind.as_str()));
        let derived = item.related.iter().flat_map(|r| r.facets.iter().map(|f| (&r.kind, f)));
        for (kind, facet) in derived {
            let Some(name) = facet.strip_prefix("derived/") else { continue };
            if let Some(deriver) = assay_derive::of(kind, name) {
                kinds.extend(deriver.needs().iter().chain(deriver.looks()).map(|n| n.kind));
            }
        }
        if let (Read::Derived(_), Some(deriver)) = (&item.read, item.deriver) {
            kinds.extend(deriver.needs().iter().chain(deriver.looks()).map(|n| n.kind));
        }
    }
    kinds
}

/// One document of a snapshot, judged in a world of its own.
fn judge(
    source: &dyn Source,
    set: &RuleSet,
    plan: &Plan,
    info: &SegmentInfo,
    id: &str,
    runner: &mut Runner,
) -> Result<Option<Verdict>, EvalError> {
    let Some(line) = line(source, info, id)? else { return Ok(None) };
    let keys = Keys::new();
    let shared = Shared::new(source, set);
    let world = AccountWorld::new(&shared, &info.account);
    let judged = Segment::new(set, plan, &world, &keys, info).judge(runner, &line)?;
    match world.take_error() {
        Some(e) => Err(e.into()),
        None => Ok(judged.verdicts.into_iter().next()),
    }
}
