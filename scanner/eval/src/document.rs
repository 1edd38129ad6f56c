//! One document: what of it is known, what its rules see, and what they say.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::resource::TAGS;
use assay_core::verdict::{Cause, CauseKind, Evidence, Verdict};
use assay_core::{Resource, Status, identity};
use assay_derive::Unknown;
use regorus::Value;
use regorus::value::Object;

use crate::evaluate::{EvalError, blocked};
use crate::gate::{self, Keys, Run, open};
use crate::judge::{Judged, judge};
use crate::place;
use crate::program::Output;
use crate::reads::Read;
use crate::run::Runner;
use crate::set::{Group, Item, Plan, RuleSet};
use crate::subject::{Head, owned, tags};
use crate::world::AccountWorld;
use calls::{MAX_CALLS, few};

mod calls;
mod seen;

/// The most bytes that a rule gets to see.
const MAX_INPUT: usize = 8 << 20;

/// A document, its gaps and its sources.
type Taken = (Arc<Object>, Option<Value>, Option<Value>);

/// What all documents of a segment share.
pub(crate) struct Segment<'s> {
    pub(crate) set: &'s RuleSet,
    pub(crate) plan: &'s Plan,
    pub(crate) world: &'s AccountWorld<'s>,
    pub(crate) keys: &'s Keys,
    pub(crate) kind: String,
    pub(crate) provider: String,
    pub(crate) account: String,
    pub(crate) region: String,
    /// The causes of items that do not depend on the document: relations and parameters.
    fixed: Vec<Option<Cause>>,
    /// The calls of the listings on which an item rests.
    listings: Vec<Vec<String>>,
    /// `input.related` of each group.
    related: Vec<Value>,
    now: Value,
    /// Why nothing in this account can be assessed.
    blocked: Option<Cause>,
}

impl<'s> Segment<'s> {
    pub(crate) fn new(
        set: &'s RuleSet,
        plan: &'s Plan,
        world: &'s AccountWorld<'s>,
        keys: &'s Keys,
        info: &assay_core::manifest::SegmentInfo,
    ) -> Self {
        let region = &info.region;
        let fixed = plan.items.iter().map(|item| fixed(item, world, region)).collect();
        let listings =
            plan.items
                .iter()
                .map(|item| {
                    let calls = item.listings.iter().flat_map(|(kind, scope)| {
                        world.listing_calls(kind, *scope, region, MAX_CALLS)
                    });
                    few(calls.collect())
                })
                .collect();
        let related = plan.groups.iter().map(|group| related(group, world, region)).collect();
        Self {
            set,
            plan,
            world,
            keys,
            kind: info.kind.to_string(),
            provider: info.provider.to_string(),
            account: info.account.to_string(),
            region: info.region.to_string(),
            fixed,
            listings,
            related,
            now: Value::from(world.shared.now()),
            blocked: blocked(world.shared, &info.provider, &info.account),
        }
    }

    /// The verdicts of all rules on one document, in order of the rules' ids.
    pub(crate) fn judge(&self, runner: &mut Runner, line: &[u8]) -> Result<Judgement, EvalError> {
        let sha256 = identity::sha256(line);
        if line.len() > MAX_INPUT {
            return self.too_large(line, sha256);
        }
        let (mut object, gaps, sources) = self.taken(line)?;
        let object = Arc::make_mut(&mut object);
        let head =
            Head::of(object, self.keys).ok_or_else(|| self.corrupt("it lacks its id or name"))?;
        let unknown = self.unknown(object, gaps.as_ref(), line)?;
        let tags = tags(object.get(&self.keys.tags), gaps.as_ref());
        let properties = object.get(&self.keys.properties).cloned();
        let outputs = self.outputs(runner, object, &unknown);
        let mut verdicts = Vec::with_capacity(self.plan.rules.len());
        for (rule, output) in self.plan.rules.iter().zip(outputs) {
            let Some(loaded) = self.set.rules.get(rule.rule) else { continue };
            let judged = match (&self.blocked, output) {
                (Some(cause), _) => Judged::unknown(cause.clone()),
                (None, Run::Gated(cause)) => Judged::unknown(cause),
                (None, Run::Ran { output, gate }) => {
                    judge(&loaded.meta.id, &head.id, &output, gate)
                }
            };
            let calls = self.calls(rule.narrows.iter().chain(&rule.judges), sources.as_ref());
            verdicts.push(self.verdict(loaded, &head, judged, &sha256, calls));
        }
        place::locate(properties.as_ref(), &mut verdicts);
        let failed = verdicts.iter().any(|v| v.status == Status::Fail);
        Ok(Judgement {
            id: head.id,
            verdicts,
            tags: tags.filter(|_| failed).as_ref().and_then(owned),
        })
    }

    fn verdict(
        &self,
        rule: &crate::load::Rule,
        head: &Head,
        judged: Judged,
        sha256: &str,
        calls: Vec<String>,
    ) -> Verdict {
        Verdict {
            rule: rule.meta.id.clone(),
            severity: rule.meta.severity,
            status: judged.status,
            resource: head.id.clone(),
            kind: self.kind.clone(),
            provider: self.provider.clone(),
            account: self.account.clone(),
            region: self.region.clone(),
            name: head.name.clone(),
            failures: judged.failures,
            cause: judged.cause,
            reason: judged.reason,
            evidence: Evidence { document: sha256.to_owned(), calls },
        }
    }

    /// `input.related` of a group.
    pub(crate) fn related(&self, group: usize) -> Value {
        self.related.get(group).cloned().unwrap_or(Value::Undefined)
    }

    /// A document with its derived facets, as rules see it, but for related documents and
    /// parameters; and the groups that the gate lets run.
    pub(crate) fn input(&self, line: &[u8]) -> Result<(Arc<Object>, Vec<usize>), EvalError> {
        let (mut object, gaps, _) = self.taken(line)?;
        let inner = Arc::make_mut(&mut object);
        let runs = self.gates(&self.unknown(inner, gaps.as_ref(), line)?);
        inner.insert(self.keys.now.clone(), self.now.clone());
        let groups = self.plan.groups.iter().enumerate();
        let open = groups.filter(|(_, g)| self.blocked.is_none() && open(g, &runs));
        Ok((object, open.map(|(place, _)| place).collect()))
    }

    /// A document without its gaps and its sources, which come beside it.
    fn taken(&self, line: &[u8]) -> Result<Taken, EvalError> {
        let text = std::str::from_utf8(line).map_err(|e| self.corrupt(e))?;
        let value = Value::from_json_str(text).map_err(|e| self.corrupt(e))?;
        let Value::Object(mut object) = value else { return Err(self.corrupt("no object")) };
        let inner = Arc::make_mut(&mut object);
        let gaps = inner.remove(&self.keys.gaps).filter(|g| !empty(g));
        let sources = inner.remove(&self.keys.sources);
        inner.remove(&self.keys.origin);
        Ok((object, gaps, sources))
    }

    fn corrupt(&self, message: impl ToString) -> EvalError {
        EvalError::Document { kind: self.kind.clone(), message: message.to_string() }
    }

    /// For each item of the plan: why it is not known. Derived facets are computed on the way and
    /// put into the document.
    fn unknown(
        &self,
        object: &mut Object,
        gaps: Option<&Value>,
        line: &[u8],
    ) -> Result<Vec<Option<Cause>>, EvalError> {
        let mut parsed: Option<Arc<Resource>> = None;
        let mut out = Vec::with_capacity(self.plan.items.len());
        for (item, fixed) in self.plan.items.iter().zip(&self.fixed) {
            let unknown = match &item.read {
                Read::Property(_) => {
                    let known = member(object, &self.keys.properties, &item.key);
                    match gaps {
                        None if known => None,
                        _ => gate::hidden(gaps, &item.path)
                            .or_else(|| (!known).then(|| gate::unread(facet(item)))),
                    }
                }
                Read::Tags => gate::at(gaps, TAGS).or_else(|| {
                    let known = matches!(object.get(&self.keys.tags), Some(Value::Object(_)));
                    (!known).then(|| gate::unread(TAGS.to_owned()))
                }),
                Read::Derived(name) => match item.deriver {
                    None => gate::at(gaps, &format!("derived/{name}")).or_else(|| {
                        let known = member(object, &self.keys.derived, &item.key);
                        (!known).then(|| gate::unread(format!("derived/{name}")))
                    }),
                    Some(deriver) => {
                        if parsed.is_none() {
                            parsed = Some(self.parse(object, line)?);
                        }
                        parsed.as_ref().and_then(|doc| {
                            let place = self.world.at(&doc.region);
                            match assay_derive::derive(deriver, doc, &place) {
                                Ok(value) => put(object, &self.keys.derived, item, value),
                                Err(unknown) => Some(unknown),
                            }
                        })
                    }
                },
                Read::Related(_) | Read::Param(_) => {
                    out.push(fixed.clone());
                    continue;
                }
            };
            out.push(unknown.map(|u| gate::cause(&u)));
        }
        Ok(out)
    }

    /// The document as derivers see it.
    fn parse(&self, object: &Object, line: &[u8]) -> Result<Arc<Resource>, EvalError> {
        if let Some(Value::String(id)) = object.get(&self.keys.id)
            && let Some(loaded) = self.world.loaded(&self.kind, &self.region, id)
        {
            return Ok(loaded);
        }
        assay_snapshot::document(line, None).map(Arc::new).map_err(|e| self.corrupt(e))
    }

    /// What is left of each rule behind the gate.
    fn gates(&self, unknown: &[Option<Cause>]) -> Vec<Run> {
        let first = |items: &[usize]| items.iter().find_map(|i| unknown.get(*i)?.clone());
        let rules = self.plan.rules.iter();
        rules
            .map(|rule| {
                let narrows = self.set.rules.get(rule.rule).is_some_and(|r| r.narrows);
                match (first(&rule.narrows), first(&rule.judges)) {
                    (Some(cause), _) => Run::Gated(cause),
                    (None, Some(cause)) if !narrows => Run::Gated(cause),
                    (None, gate) => Run::Ran { output: Output::Set(Value::Undefined), gate },
                }
            })
            .collect()
    }

    /// Gates, then runs what is left.
    fn outputs(
        &self,
        runner: &mut Runner,
        object: &mut Object,
        unknown: &[Option<Cause>],
    ) -> Vec<Run> {
        let mut runs = self.gates(unknown);
        if self.blocked.is_some() {
            return runs;
        }
        object.insert(self.keys.now.clone(), self.now.clone());
        let last = self.plan.groups.len();
        for (place, (group, related)) in self.plan.groups.iter().zip(&self.related).enumerate() {
            if !open(group, &runs) {
                continue;
            }
            let mut input = if place + 1 == last { std::mem::take(object) } else { object.clone() };
            input.insert(self.keys.related.clone(), related.clone());
            input.insert(self.keys.params.clone(), group.params.clone());
            let outputs = runner.run(place, group, Value::Object(Arc::new(input)));
            for (position, said) in group.rules.iter().zip(outputs) {
                if let Some(Run::Ran { output, .. }) = runs.get_mut(*position) {
                    *output = said;
                }
            }
        }
        runs
    }

    /// The calls behind some items: a few of them, where there are many.
    fn calls<'i>(
        &self,
        items: impl Iterator<Item = &'i usize>,
        sources: Option<&Value>,
    ) -> Vec<String> {
        let mut calls = Vec::new();
        for place in items {
            let (Some(item), Some(listed)) =
                (self.plan.items.get(*place), self.listings.get(*place))
            else {
                continue;
            };
            if let Some(Value::Object(sources)) = sources {
                calls.extend(item.sources.iter().filter_map(|key| match sources.get(key) {
                    Some(Value::String(call)) => Some(call.to_string()),
                    _ => None,
                }));
            }
            calls.extend(listed.iter().cloned());
        }
        few(calls)
    }

    fn too_large(&self, line: &[u8], sha256: String) -> Result<Judgement, EvalError> {
        let head: Head = serde_json::from_slice(line).map_err(|e| self.corrupt(e))?;
        let detail = format!("the document is larger than {} MiB", MAX_INPUT >> 20);
        let cause = Cause { kind: CauseKind::Limit, what: String::new(), operation: None, detail };
        let rules = self.plan.rules.iter().filter_map(|r| self.set.rules.get(r.rule));
        let verdicts = rules
            .map(|rule| {
                self.verdict(rule, &head, Judged::unknown(cause.clone()), &sha256, Vec::new())
            })
            .collect();
        Ok(Judgement { id: head.id, verdicts, tags: None })
    }
}

/// What was said of a document.
pub(crate) struct Judgement {
    pub(crate) id: String,
    pub(crate) verdicts: Vec<Verdict>,
    /// Its tags, where they are known and a rule failed: waivers ask for them.
    pub(crate) tags: Option<BTreeMap<String, String>>,
}

fn empty(value: &Value) -> bool {
    !matches!(value, Value::Object(o) if !o.is_empty())
}

fn member(object: &Object, of: &Value, key: &Value) -> bool {
    matches!(object.get(of), Some(Value::Object(o)) if o.contains_key(key))
}

fn facet(item: &Item) -> String {
    format!("/{}", assay_core::path::escape(item.path.facet().unwrap_or_default()))
}

/// Puts a derived value into the document.
fn put(
    object: &mut Object,
    derived: &Value,
    item: &Item,
    value: serde_json::Value,
) -> Option<Unknown> {
    // A JSON value is always a value of the engine.
    let value = serde_json::from_value::<Value>(value).unwrap_or(Value::Undefined);
    if !matches!(object.get(derived), Some(Value::Object(_))) {
        object.insert(derived.clone(), Value::new_object());
    }
    if let Some(Value::Object(o)) = object.get_mut(derived) {
        Arc::make_mut(o).insert(item.key.clone(), value);
    }
    None
}

fn fixed(item: &Item, world: &AccountWorld<'_>, region: &str) -> Option<Cause> {
    match (&item.read, &item.related) {
        (Read::Related(_), Some(related)) => {
            world.unknown(related, region).map(|u| gate::cause(&u))
        }
        (Read::Param(name), _) => Some(Cause {
            kind: CauseKind::ParameterUndeclared,
            what: format!("params/{name}"),
            operation: None,
            detail: format!("only the organisation can declare `{name}`; set it in assay.toml"),
        }),
        _ => None,
    }
}

fn related(group: &Group, world: &AccountWorld<'_>, region: &str) -> Value {
    let mut all = Object::new();
    for related in &group.related {
        all.insert(Value::from(related.kind.as_str()), world.view(related, region));
    }
    Value::Object(Arc::new(all))
}
