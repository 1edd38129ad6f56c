//! What would have made a rule fail: a pass proves that it could have been otherwise.
//!
//! The judged document (its facets that the rule reads, what they are derived from) and the
//! documents around it at which the rule looks are changed, one value after the other: to other
//! values that their type files allow, to values that the rule's text compares with, above all to
//! what the rule's own cases hold where it fails. Every changed document must fit its type file, and
//! is judged by the evaluation that judged the snapshot. What is found is replayed from the start,
//! on both engines.
//!
//! *Smallest* means: the fewest changed leaves; then values that a case holds before others; then
//! the shortest. Objects that are made up come last. The order is fixed, so the same snapshot and
//! rules give the same change. Where no change of documents is found, a parameter that the
//! organisation declared may be what the pass rests on.

mod edit;
mod first;
mod harvest;
mod overlay;
mod params;
mod parts;
mod search;
mod site;
#[cfg(test)]
mod tests;
mod trial;
mod values;

use assay_core::manifest::SegmentInfo;
use assay_core::{Counterfactual, Resource, Status, Verdict, identity};
use assay_policies::Content;
use assay_snapshot::Source;

use crate::evaluate::EvalError;
use crate::gate::Keys;
use crate::load::{Library, Rule};
use crate::set::{Params, RuleSet};
use crate::world::{AccountWorld, Shared};
pub use first::Passed;
use overlay::{Held, line};
use search::Search;
use trial::Trial;

/// Looks for counterfactuals.
#[derive(Debug, Clone, Copy)]
pub struct Seeker<'a> {
    /// The rules and types.
    pub library: &'a Library,
    /// The content with the cases.
    pub content: &'a Content,
    /// The parameters of the judgement.
    pub params: &'a Params,
    /// How many changed documents are judged at most, for one rule on one resource; fewer where
    /// documents are large, or many lie around them.
    pub most: u64,
}

/// [`Seeker::most`] where somebody asks for one rule.
pub const THOROUGH: u64 = 1_500;
/// [`Seeker::most`] where all rules are asked.
pub const BRIEF: u64 = 100;

/// What a search gave.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Sought {
    /// The smallest change found, replayed on both engines.
    pub found: Option<Counterfactual>,
    /// How many changed documents were judged.
    pub tried: u64,
}

/// Which document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// The type.
    pub kind: String,
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The id.
    pub resource: String,
}

impl Subject {
    /// The document of a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        Self {
            kind: verdict.kind.clone(),
            account: verdict.account.clone(),
            region: verdict.region.clone(),
            resource: verdict.resource.clone(),
        }
    }

    fn lies_in(&self, s: &SegmentInfo) -> bool {
        s.kind == self.kind && s.account == self.account && s.region == self.region
    }
}

impl Seeker<'_> {
    /// The smallest change of a document, or around it, that makes a rule fail which passes it.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be read, or does not hold the document.
    pub fn fails(
        &self,
        source: &dyn Source,
        rule: &Rule,
        subject: &Subject,
    ) -> Result<Sought, EvalError> {
        self.seek(source, rule, subject, Status::Fail)
    }

    /// The smallest change of a document, or around it, that makes a rule pass which fails it.
    ///
    /// # Errors
    ///
    /// See [`Self::fails`].
    pub fn passes(
        &self,
        source: &dyn Source,
        rule: &Rule,
        subject: &Subject,
    ) -> Result<Sought, EvalError> {
        self.seek(source, rule, subject, Status::Pass)
    }

    fn seek(
        &self,
        source: &dyn Source,
        rule: &Rule,
        subject: &Subject,
        status: Status,
    ) -> Result<Sought, EvalError> {
        let held = Held::new(source);
        let set = RuleSet::of(self.library, vec![rule.clone()], self.params);
        let missing = || EvalError::Document {
            kind: subject.kind.clone(),
            message: format!("{} is not in it", subject.resource),
        };
        let plan = set.ready(&subject.kind)?.ok_or_else(missing)?;
        let info = held.segments().iter().find(|s| subject.lies_in(s)).ok_or_else(missing)?;
        let text = line(&held, info, &subject.resource)?.ok_or_else(missing)?;
        let own: Resource = serde_json::from_slice(&text).map_err(|e| EvalError::Document {
            kind: subject.kind.clone(),
            message: e.to_string(),
        })?;
        let (keys, shared) = (Keys::new(), Shared::new(&held, &set));
        let world = AccountWorld::new(&shared, &subject.account);
        let mut trial = Trial::new(&set, plan, &world, &keys, info, &own, self.most)?;
        let types = &self.library.types;
        let search = Search::new(&trial, &world, rule, types, self.content, &own, status);
        let found = search.run(&mut trial, status)?;
        if let Some(e) = world.take_error() {
            return Err(e.into());
        }
        let mut tried = trial.tried;
        let (changes, said) = match found {
            Some((edits, verdict)) => {
                (edits.iter().map(|e| e.change(&trial.key)).collect(), Some(verdict))
            }
            None => {
                let at = (info, subject.resource.as_str());
                let (change, more) = params::search(self, &held, rule, at, status)?;
                tried += more;
                change.map_or((Vec::new(), None), |(c, v)| (vec![c], Some(v)))
            }
        };
        let found = said.map(|verdict| {
            let first = verdict.failures.into_iter().next();
            let (message, at) = first.map(|f| (f.message, f.at)).unwrap_or_default();
            let (resource, document) = (subject.resource.clone(), identity::sha256(&text));
            Counterfactual { resource, document, changes, message, at, tried }
        });
        Ok(Sought { found, tried })
    }
}
