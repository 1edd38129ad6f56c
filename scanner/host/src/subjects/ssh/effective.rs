//! Which line decides a keyword for a connection.
//!
//! `Match` blocks that take the connection come first, in order; then the command line; then the rest
//! of the files, in order; then the default. The first that says something decides; keywords that
//! gather are added up within the first of these three that says something.

use std::rc::Rc;

use serde_json::Value;

use super::algorithm::Version;
use super::keyword::{Keyword, Kind};
use super::load::{Config, Place, Statement};
use super::value;
use crate::{Origin, Setting};

/// A configuration with what else decides.
#[derive(Debug)]
pub(super) struct Server<'a> {
    /// The files.
    pub(super) config: &'a Config,
    /// Options of the command line, and where they come from.
    pub(super) command: &'a [(Statement, Origin)],
    /// The program's version, where it is known.
    pub(super) version: Option<Version>,
    /// Defaults that a distribution changed: keyword and value.
    pub(super) patched: &'static [(&'static str, &'static str)],
}

/// What decides, and what it says.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    /// The value.
    pub(super) value: Value,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// The deciding line; of a gathered list the first.
    pub(super) place: Option<Place>,
    /// Every line of a gathered list, with its words.
    pub(super) parts: Vec<(Value, Place)>,
    /// The candidates that lost.
    pub(super) others: Vec<(Value, Place)>,
    /// The `Match` blocks that the deciding line stands in.
    pub(super) chain: Rc<[usize]>,
    /// Why the deciding line has no value: sshd refuses it.
    pub(super) refused: Option<String>,
}

impl Decision {
    /// As documents hold it.
    pub(super) fn setting(&self) -> Setting {
        let mut setting = Setting::of(self.value.clone(), self.origin);
        setting.place = self.place.as_ref().map(|p| (p.file.to_string(), p.line));
        for (value, place) in &self.others {
            setting =
                setting.beating(value.clone(), std::path::Path::new(&*place.file), place.line);
        }
        setting
    }
}

impl Server<'_> {
    /// What decides a keyword, where `active` tells for each `Match` block whether it takes the
    /// connection.
    pub(super) fn decide(&self, keyword: &'static Keyword, active: &[bool]) -> Decision {
        let on = |chain: &[usize]| chain.iter().all(|i| active.get(*i).copied().unwrap_or(false));
        let always = |chain: &[usize]| {
            chain
                .iter()
                .all(|i| self.config.blocks.get(*i).is_some_and(super::criterion::Block::all))
        };
        let ours = || self.config.statements.iter().filter(|s| std::ptr::eq(s.keyword, keyword));
        let mut matched = Vec::new();
        if keyword.matchable {
            matched.extend(
                ours().filter(|s| !s.chain.is_empty() && on(&s.chain)).map(|s| (s, Origin::File)),
            );
        }
        let command: Vec<_> = self
            .command
            .iter()
            .filter(|(s, _)| std::ptr::eq(s.keyword, keyword))
            .map(|(s, origin)| (s, *origin))
            .collect();
        let global: Vec<_> =
            ours().filter(|s| always(&s.chain)).map(|s| (s, Origin::File)).collect();

        let gathers = matches!(keyword.kind, Kind::Gather | Kind::Each | Kind::Named);
        let (winners, losers) = if gathers {
            let rest: Vec<_> = command.into_iter().chain(global).collect();
            if matched.is_empty() { (rest, Vec::new()) } else { (matched, rest) }
        } else {
            let mut all = matched.into_iter().chain(command).chain(global);
            (all.next().into_iter().collect(), all.collect::<Vec<_>>())
        };
        let Some((first, origin)) = winners.first().copied() else {
            return self.unset(keyword);
        };
        let mut decision = Decision {
            value: Value::Null,
            origin,
            place: Some(first.place.clone()),
            parts: Vec::new(),
            others: Vec::new(),
            chain: Rc::clone(&first.chain),
            refused: None,
        };
        // A line of `Match all` is met twice: it does not lose against itself.
        for (loser, _) in losers.iter().filter(|(l, _)| l.place != first.place) {
            let value = self.value(loser).unwrap_or_else(|_| loser.rest.as_str().into());
            decision.others.push((value, loser.place.clone()));
        }
        let mut list = Vec::new();
        for (winner, _) in &winners {
            match self.value(winner) {
                Ok(Value::Array(words)) if gathers => {
                    list.extend(words.iter().cloned());
                    decision.parts.push((words.into(), winner.place.clone()));
                }
                Ok(value) => decision.value = value,
                Err(why) => decision.refused = Some(why),
            }
        }
        if gathers {
            decision.value = list.into();
        }
        decision
    }

    fn unset(&self, keyword: &'static Keyword) -> Decision {
        let patched = self.patched.iter().find(|(name, _)| *name == keyword.name);
        let value =
            patched.map_or_else(|| value::default(keyword, self.version), |(_, v)| (*v).into());
        Decision {
            value,
            origin: Origin::Default,
            place: None,
            parts: Vec::new(),
            others: Vec::new(),
            chain: Rc::from([]),
            refused: None,
        }
    }

    /// The value of a statement.
    ///
    /// # Errors
    /// What sshd says against it.
    pub(super) fn value(&self, s: &Statement) -> Result<Value, String> {
        value::parse(s.keyword, &s.arguments, &s.rest, self.version)
    }
}
