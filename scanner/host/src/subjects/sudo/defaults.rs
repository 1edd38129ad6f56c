//! What Defaults lines decide. sudo applies the lines for everybody, hosts, users and target users
//! in the order of the files, then the lines for commands; the last one wins.

use serde_json::Value;

use super::ast::{Command, Default, Op, Policy, Scope, What};
use super::command::{covers, leaves};
use super::matching::{Lists, Person};
use crate::{Loser, Origin, Setting};

/// Who runs what as whom.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) user: &'a Person,
    pub(crate) target: &'a Person,
    /// `None`: a command that no line names.
    pub(crate) command: Option<&'a What>,
}

/// The Defaults of a policy, and how its lists match.
pub(crate) struct Defaults<'a> {
    pub(crate) policy: &'a Policy,
    pub(crate) lists: &'a Lists<'a>,
}

impl Defaults<'_> {
    fn applies(&self, line: &Default, cx: Context<'_>) -> bool {
        match line.scope.as_ref() {
            Scope::All => true,
            Scope::Hosts(list) => self.lists.hosts(list),
            Scope::Users(list) => self.lists.users(list, cx.user),
            Scope::Runas(list) => self.lists.targets(list, cx.target),
            Scope::Commands(list) => cx.command.is_some_and(|c| self.commands(list, c)),
        }
    }

    /// Whether a list of commands holds a command.
    fn commands(&self, list: &[Command], what: &What) -> bool {
        let aliases = &self.lists.aliases.commands;
        let all: Vec<_> = list.iter().flat_map(|c| leaves(c, aliases, self.lists)).collect();
        all.iter().rev().find(|leaf| covers(leaf.what, what)).is_some_and(|leaf| leaf.allow)
    }

    /// The lines about some parameters that hold in a context, in the order in which they apply.
    pub(crate) fn lines(&self, names: &[&str], cx: Context<'_>) -> Vec<&Default> {
        let late = |d: &Default| matches!(d.scope.as_ref(), Scope::Commands(_));
        let about = |d: &&Default| names.contains(&d.name.as_str()) && self.applies(d, cx);
        let of = |last: bool| self.policy.defaults.iter().filter(move |d| late(d) == last);
        of(false).chain(of(true)).filter(about).collect()
    }

    /// The value of a parameter. `says` gives the value of a line; `None` where sudo passes the line
    /// over. `None` in the end: nobody says it, and `default` is not known.
    pub(crate) fn value(
        &self,
        names: &[&str],
        default: Option<Value>,
        cx: Context<'_>,
        says: impl Fn(&Default) -> Option<Value>,
    ) -> Option<Setting> {
        let mut all: Vec<Loser> = self
            .lines(names, cx)
            .into_iter()
            .filter_map(|d| {
                let file = d.place.file.to_string();
                Some(Loser { value: says(d)?, file, line: d.place.line })
            })
            .collect();
        match all.pop() {
            Some(last) => Some(Setting {
                value: last.value,
                origin: Origin::File,
                place: Some((last.file, last.line)),
                others: all,
            }),
            None => Some(Setting::of(default?, Origin::Default)),
        }
    }

    /// A flag. Its value is a boolean.
    pub(crate) fn flag(
        &self,
        name: &str,
        default: Option<bool>,
        cx: Context<'_>,
    ) -> Option<Setting> {
        self.value(&[name], default.map(Value::Bool), cx, |d| match d.op {
            Op::True => Some(Value::Bool(true)),
            Op::False => Some(Value::Bool(false)),
            _ => None,
        })
    }

    /// A text; `false` where it is switched off.
    pub(crate) fn text(&self, name: &str, default: Value, cx: Context<'_>) -> Option<Setting> {
        let on = default.clone();
        self.value(&[name], Some(default), cx, |d| match &d.op {
            Op::Set(text) => Some(text.as_str().into()),
            Op::False => Some(Value::Bool(false)),
            Op::True => Some(on.clone()),
            _ => None,
        })
    }

    /// The elements of a list parameter, each with the line that added it; `None` as line: built in.
    pub(crate) fn list<'d>(
        &'d self,
        name: &str,
        built_in: &[&str],
        cx: Context<'_>,
    ) -> Vec<(String, Option<&'d Default>)> {
        let mut out: Vec<(String, Option<&Default>)> =
            built_in.iter().map(|n| ((*n).to_owned(), None)).collect();
        for line in self.lines(&[name], cx) {
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            match &line.op {
                Op::Set(text) => {
                    out = words(text).into_iter().map(|w| (w, Some(line))).collect();
                }
                Op::Add(text) => {
                    for word in words(text) {
                        out.retain(|(old, _)| *old != word);
                        out.push((word, Some(line)));
                    }
                }
                Op::Remove(text) => {
                    let gone = words(text);
                    out.retain(|(old, _)| !gone.contains(old));
                }
                Op::False => out.clear(),
                Op::True => {}
            }
        }
        out
    }
}

/// Minutes of `timestamp_timeout`: `5`, `2.5`, `-1`. A line that is no number is passed over.
pub(crate) fn minutes(line: &Default) -> Option<Value> {
    match &line.op {
        Op::Set(text) => {
            let minutes: f64 = text.trim().parse().ok()?;
            serde_json::Number::from_f64(minutes).map(Value::Number)
        }
        Op::False => Some(0.into()),
        _ => None,
    }
}
