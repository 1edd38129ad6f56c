//! Looks for the smallest change: single ones from the smallest up, then what the rule's cases hold
//! at once, made as small as can be, then pairs.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::rule::RelatedScope;
use assay_core::{Path, Resource, Segment, Status, Timestamp, TypeDef, TypeRegistry, Verdict};
use assay_derive::World as _;
use assay_policies::Content;
use serde_json::Value;

use super::edit::{Edit, Key};
use super::harvest::{Model, facets, models, more};
use super::parts::{comes, everything, facet, goes, root};
use super::site::Finder;
use super::trial::Trial;
use super::values::{Tier, edits};
use crate::evaluate::EvalError;
use crate::load::Rule;
use crate::reads::{Literals, Read};
use crate::world::AccountWorld;

/// Documents of one type around the judged one that are changed one by one.
const NEAR: usize = 8;
/// Documents of one type that go all at once.
const GONE: usize = 200;
/// Single changes of which pairs are made.
const PAIRED: usize = 40;

/// How dear a change is: of two the cheaper is the smaller.
type Cost = (bool, usize, Tier, usize, Vec<Vec<String>>);

/// A change, and what the rule says of it on both engines.
pub(super) type Found = (Vec<Edit>, Verdict);

/// What can be changed.
pub(super) struct Search<'s> {
    rule: &'s Rule,
    types: &'s TypeRegistry,
    /// The parts of the judged document that the rule rests on.
    roots: Vec<Vec<String>>,
    own: &'s Resource,
    key: Key,
    /// Documents around it by type, with the facets that somebody looks at.
    near: BTreeMap<String, Vec<(Key, Value)>>,
    models: Vec<Model>,
    literals: Literals,
    now: Timestamp,
    /// The single changes, the smallest first.
    singles: Vec<(Tier, Edit)>,
}

impl<'s> Search<'s> {
    pub(super) fn new(
        trial: &Trial<'_>,
        world: &AccountWorld<'_>,
        rule: &'s Rule,
        types: &'s TypeRegistry,
        content: &Content,
        own: &'s Resource,
        status: Status,
    ) -> Self {
        let now = trial.source.manifest().ended;
        let mut literals = Literals::of(&rule.meta.file, &rule.source);
        for group in &trial.plan.groups {
            if let Ok(params) = serde_json::to_value(&group.params) {
                literals.add(&params);
            }
        }
        let mut out = Self {
            rule,
            types,
            roots: Vec::new(),
            own,
            key: trial.key.clone(),
            near: BTreeMap::new(),
            models: models(content, rule, types, status, own, now),
            literals,
            now,
            singles: Vec::new(),
        };
        out.look(world);
        out.singles(trial);
        out
    }

    /// The documents around the judged one, and what of it is read.
    fn look(&mut self, world: &AccountWorld<'_>) {
        let mut wanted: BTreeSet<(String, RelatedScope)> = BTreeSet::new();
        let mut roots: BTreeSet<Vec<String>> = BTreeSet::new();
        for read in self.rule.reads.all() {
            match read {
                Read::Property(path) => match path.facet() {
                    Some(facet) => _ = roots.insert(root(&format!("/{facet}"))),
                    None => {
                        roots.extend(self.own.properties.keys().map(|f| root(&format!("/{f}"))))
                    }
                },
                Read::Tags => _ = roots.insert(root("tags")),
                Read::Derived(name) => match assay_derive::of(&self.own.kind, name) {
                    None => _ = roots.insert(root(&format!("derived/{name}"))),
                    Some(deriver) => {
                        roots.extend(deriver.reads().iter().map(|r| root(&facet(r))));
                        let needs = deriver.needs().iter().chain(deriver.looks());
                        wanted.extend(needs.map(|n| (n.kind.to_owned(), n.scope)));
                    }
                },
                Read::Related(_) | Read::Param(_) => {}
            }
        }
        for related in &self.rule.meta.related {
            wanted.insert((related.kind.clone(), related.scope));
            for name in related.facets.iter().filter_map(|f| f.strip_prefix("derived/")) {
                if let Some(deriver) = assay_derive::of(&related.kind, name) {
                    let needs = deriver.needs().iter().chain(deriver.looks());
                    wanted.extend(needs.map(|n| (n.kind.to_owned(), n.scope)));
                }
            }
        }
        for (kind, scope) in wanted {
            let documents = world.at(&self.own.region).related(&kind, scope);
            let all = self.near.entry(kind).or_default();
            for doc in documents.iter().take(GONE) {
                let key = Key::of(doc);
                if key != self.key && !all.iter().any(|(k, _)| *k == key) {
                    all.extend(serde_json::to_value(doc.as_ref()).ok().map(|v| (key, v)));
                }
            }
        }
        if self.rule.reads.all().iter().any(|r| matches!(r, Read::Derived(_))) {
            // A deriver may look at more of the document than it relies on: the cases tell.
            let models = self.models.iter().flat_map(|m| everything(&m.own));
            roots.extend(models.filter(|r| r.first().is_some_and(|p| p == "properties")));
        }
        self.roots = roots.into_iter().collect();
    }

    /// Every single change.
    fn singles(&mut self, trial: &Trial<'_>) {
        let mut out: Vec<(Tier, Edit)> = Vec::new();
        let case = |edits: Vec<Edit>| edits.into_iter().map(|e| (Tier::Case, e));
        if let Some(def) = self.types.get(&self.own.kind) {
            let mut finder = Finder::new(self.key.clone(), &trial.own, def);
            self.read(&mut finder);
            let sites = finder.found.iter();
            out.extend(sites.flat_map(|s| edits(s, &self.literals, self.now)));
        }
        for model in &self.models {
            out.extend(case(facets(&self.key, &trial.own, &model.own, &self.roots)));
            out.extend(case(more(&self.key, &trial.own, &model.own, &self.roots)));
        }
        for (kind, all) in &self.near {
            let Some(def) = self.types.get(kind) else { continue };
            for (key, doc) in all.iter().take(NEAR) {
                out.extend(self.neighbour(key, doc, def));
                out.push((Tier::Less, goes(key, doc)));
            }
        }
        for (key, doc) in self.models.iter().flat_map(|m| &m.others) {
            if !self.has(key) {
                out.push((Tier::Case, comes(key, doc)));
            }
        }
        out.retain(|(_, e)| e.from != e.to);
        out.sort_by_cached_key(|(tier, e)| (cost(*tier, std::slice::from_ref(e)), text(e)));
        out.dedup_by(|(_, a), (_, b)| a.of == b.of && a.path == b.path && a.to == b.to);
        self.singles = out;
    }

    fn has(&self, key: &Key) -> bool {
        *key == self.key
            || self.near.get(&key.kind).is_some_and(|all| all.iter().any(|(k, _)| k == key))
    }

    /// The places that the rule reads, or that what it reads is derived from.
    fn read(&self, finder: &mut Finder<'_>) {
        for read in self.rule.reads.all() {
            match read {
                Read::Property(path) => finder.property(path),
                Read::Tags => finder.tags(),
                Read::Derived(name) => match assay_derive::of(&self.own.kind, name) {
                    None => finder.derived(name),
                    Some(deriver) => deriver.reads().iter().for_each(|r| finder.named(&facet(r))),
                },
                Read::Related(_) | Read::Param(_) => {}
            }
        }
        for root in &self.roots {
            if let [part, facet] = root.as_slice()
                && part == "properties"
            {
                finder.property(&Path(vec![Segment::Key(facet.clone())]));
            }
        }
    }

    /// The changes of a document around the judged one.
    fn neighbour(&self, key: &Key, doc: &Value, def: &TypeDef) -> Vec<(Tier, Edit)> {
        let mut finder = Finder::new(key.clone(), doc, def);
        finder.property(&Path::default());
        for (name, _) in super::edit::members(doc.get("derived")) {
            finder.derived(name);
        }
        let sites = finder.found.iter();
        let mut out: Vec<_> = sites.flat_map(|s| edits(s, &self.literals, self.now)).collect();
        let roots = everything(doc);
        let models = self.models.iter().flat_map(|m| &m.others);
        for (_, model) in models.filter(|(k, _)| k.kind == key.kind) {
            let found = facets(key, doc, model, &roots).into_iter();
            out.extend(found.chain(more(key, doc, model, &roots)).map(|e| (Tier::Case, e)));
        }
        out
    }

    /// What a case changes at once: of the judged document alone, and of all around it.
    fn transplants(&self, trial: &Trial<'_>) -> Vec<Vec<Edit>> {
        let mut out: Vec<Vec<Edit>> = Vec::new();
        for model in &self.models {
            let own = facets(&self.key, &trial.own, &model.own, &self.roots);
            let mut all = own.clone();
            for (kind, docs) in &self.near {
                for (key, doc) in docs {
                    match model.others.iter().find(|(k, _)| k == key) {
                        Some((_, m)) => all.extend(facets(key, doc, m, &everything(doc))),
                        None if kind != &self.own.kind => all.push(goes(key, doc)),
                        None => {}
                    }
                }
            }
            let come = model.others.iter().filter(|(k, _)| !self.has(k));
            let come: Vec<Edit> = come.map(|(k, d)| comes(k, d)).collect();
            out.push([own.clone(), come.clone()].concat());
            all.extend(come);
            out.push(own);
            out.push(all);
        }
        // Nothing around it at all.
        for docs in self.near.values() {
            out.push(docs.iter().map(|(key, doc)| goes(key, doc)).collect());
        }
        out.retain(|edits| edits.len() > 1);
        out.sort_by_cached_key(|edits| cost(Tier::Case, edits));
        out.dedup();
        out
    }

    /// The smallest change that makes the rule say `status`, if one is found.
    pub(super) fn run(
        &self,
        trial: &mut Trial<'_>,
        status: Status,
    ) -> Result<Option<Found>, EvalError> {
        let mut best: Option<Found> = None;
        for (_, edit) in &self.singles {
            best = self.proved(trial, std::slice::from_ref(edit), status)?;
            if best.is_some() {
                break;
            }
        }
        if best.as_ref().is_some_and(|b| size(&b.0) <= 1) {
            return Ok(best);
        }
        for edits in self.transplants(trial) {
            if !trial.holds(&edits, status)? {
                continue;
            }
            let edits = self.less(trial, edits, status)?;
            if best.as_ref().is_none_or(|b| size(&edits) < size(&b.0)) {
                best = replayed(trial, &edits, status)?.or(best);
            }
        }
        if best.as_ref().is_some_and(|b| size(&b.0) <= 2) {
            return Ok(best);
        }
        Ok(self.pair(trial, status)?.or(best))
    }

    /// Leaves out of a change what it does not need.
    fn less(
        &self,
        trial: &mut Trial<'_>,
        mut edits: Vec<Edit>,
        status: Status,
    ) -> Result<Vec<Edit>, EvalError> {
        // All of one document first, then one value after the other, the largest first.
        let documents: BTreeSet<Key> = edits.iter().map(|e| e.of.clone()).collect();
        for key in documents.iter().filter(|_| documents.len() > 1) {
            let rest: Vec<Edit> = edits.iter().filter(|e| e.of != *key).cloned().collect();
            if !rest.is_empty() && trial.holds(&rest, status)? {
                edits = rest;
            }
        }
        edits.sort_by_cached_key(|e| std::cmp::Reverse((e.leaves(), e.length(), text(e))));
        let mut at = 0;
        while at < edits.len() && edits.len() > 1 {
            let mut rest = edits.clone();
            rest.remove(at);
            if trial.holds(&rest, status)? {
                edits = rest;
            } else {
                at += 1;
            }
        }
        edits.sort_by(|a, b| (&a.of, &a.path).cmp(&(&b.of, &b.path)));
        Ok(edits)
    }

    /// Two small changes at once.
    fn pair(&self, trial: &mut Trial<'_>, status: Status) -> Result<Option<Found>, EvalError> {
        let mut few: Vec<&Edit> = Vec::new();
        let sound = self.singles.iter().filter(|(tier, _)| *tier != Tier::Invented);
        let small = sound.map(|(_, e)| e).filter(|e| e.leaves() == 1);
        for edit in small {
            // Of one place three values: pairs of places matter more.
            let alike = few.iter().filter(|f| f.of == edit.of && f.path == edit.path).count();
            if alike < 3 && few.len() < PAIRED {
                few.push(edit);
            }
        }
        for (n, a) in few.iter().enumerate() {
            for b in few.iter().skip(n + 1) {
                let inside = a.path.starts_with(&b.path) || b.path.starts_with(&a.path);
                if a.of == b.of && inside {
                    continue;
                }
                let edits = [(*a).clone(), (*b).clone()];
                let found = self.proved(trial, &edits, status)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        Ok(None)
    }

    fn proved(
        &self,
        trial: &mut Trial<'_>,
        edits: &[Edit],
        status: Status,
    ) -> Result<Option<Found>, EvalError> {
        if trial.holds(edits, status)? { replayed(trial, edits, status) } else { Ok(None) }
    }
}

/// A change with the verdict of its replay, if it is `status`.
fn replayed(trial: &Trial<'_>, edits: &[Edit], status: Status) -> Result<Option<Found>, EvalError> {
    let verdict = trial.replay(edits)?.filter(|v| v.status == status);
    Ok(verdict.map(|v| (edits.to_vec(), v)))
}

fn size(edits: &[Edit]) -> usize {
    edits.iter().map(Edit::leaves).sum()
}

fn cost(tier: Tier, edits: &[Edit]) -> Cost {
    let length = edits.iter().map(Edit::length).sum();
    let invented = tier == Tier::Invented;
    (invented, size(edits), tier, length, edits.iter().map(|e| e.path.clone()).collect())
}

fn text(edit: &Edit) -> String {
    edit.to.as_ref().map(Value::to_string).unwrap_or_default()
}
