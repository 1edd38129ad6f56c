//! What a shell knows while its start-up files run, and what cannot be told.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::syntax::Node;
use crate::Loser;

/// The file mode mask, kept beside the variables: no variable can have this name.
pub(super) const UMASK: &str = "the umask";

/// Most losers that are kept.
const MAX_LOSERS: usize = 20;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Val {
    Unset,
    Known(String),
    /// And why.
    Unknown(String),
}

/// A variable.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Var {
    pub(super) value: Val,
    pub(super) place: Option<(String, u32)>,
    pub(super) exported: bool,
    pub(super) readonly: bool,
    pub(super) others: Vec<Loser>,
}

impl Var {
    pub(super) fn of(value: Val) -> Self {
        Self { value, place: None, exported: false, readonly: false, others: Vec::new() }
    }
}

/// The state of a shell.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) vars: BTreeMap<String, Var>,
    /// `None`: which body it has cannot be told.
    pub(super) functions: BTreeMap<String, Option<Rc<Node>>>,
    /// Which assignment brought in an entry of `PATH`.
    pub(super) entries: BTreeMap<String, (String, u32)>,
    /// Whether the last command succeeded.
    pub(super) status: Option<bool>,
}

impl State {
    /// Gives a variable a value, unless it is read-only.
    pub(super) fn set(&mut self, name: &str, value: Val, place: (String, u32), keeps: bool) {
        let var = self.vars.entry(name.to_owned()).or_insert_with(|| Var::of(Val::Unset));
        if var.readonly {
            if let (Val::Known(v), true) = (&value, var.others.len() < MAX_LOSERS) {
                let value = v.as_str().into();
                var.others.push(Loser { value, file: place.0, line: place.1 });
            }
            self.status = Some(false);
            return;
        }
        if let (Val::Known(old), Some((file, line))) = (&var.value, &var.place)
            && var.others.len() < MAX_LOSERS
        {
            let value = old.as_str().into();
            var.others.push(Loser { value, file: file.clone(), line: *line });
        }
        if name == "PATH"
            && let Val::Known(path) = &value
        {
            let old = if keeps { std::mem::take(&mut self.entries) } else { BTreeMap::new() };
            self.entries = path
                .split(':')
                .take(1000)
                .map(|e| (e.to_owned(), old.get(e).cloned().unwrap_or_else(|| place.clone())))
                .collect();
        }
        var.value = value;
        var.place = Some(place);
    }

    /// Takes a variable away.
    pub(super) fn unset(&mut self, name: &str, place: (String, u32)) {
        self.set(name, Val::Unset, place, false);
    }

    /// Makes everything that is asked for unknown.
    pub(super) fn taint(&mut self, why: &str) {
        for name in [UMASK, "PATH", "TMOUT", "PROMPT_COMMAND"] {
            let var = self.vars.entry(name.to_owned()).or_insert_with(|| Var::of(Val::Unset));
            if !var.readonly {
                var.value = Val::Unknown(why.to_owned());
            }
        }
    }

    /// The state where either may be.
    pub(super) fn join(mut self, other: Self) -> Self {
        for (name, theirs) in other.vars {
            let Some(ours) = self.vars.get_mut(&name) else {
                let place = theirs.place.clone();
                let mut var = theirs;
                var.value = Val::Unknown(unsure(place.as_ref()));
                self.vars.insert(name, var);
                continue;
            };
            if ours.value != theirs.value {
                let place = match (&ours.value, &theirs.value) {
                    (_, Val::Unknown(why)) | (Val::Unknown(why), _) => Err(why.clone()),
                    _ if ours.place == theirs.place => Ok(ours.place.clone()),
                    // The branch that was tried first is the one that something stands in.
                    _ => Ok(ours.place.clone().or(theirs.place)),
                };
                ours.value =
                    Val::Unknown(place.map_or_else(|why| why, |place| unsure(place.as_ref())));
            }
            ours.readonly &= theirs.readonly;
            ours.exported |= theirs.exported;
        }
        for (name, theirs) in other.functions {
            let same = match (self.functions.get(&name), &theirs) {
                (Some(Some(a)), Some(b)) => Rc::ptr_eq(a, b),
                _ => false,
            };
            if !same {
                self.functions.insert(name, None);
            }
        }
        self.entries.extend(other.entries);
        if self.status != other.status {
            self.status = None;
        }
        self
    }
}

fn unsure(place: Option<&(String, u32)>) -> String {
    match place {
        Some((file, line)) => format!("{file}:{line}: whether this runs cannot be told from files"),
        None => "what runs cannot be told from files".to_owned(),
    }
}
