//! Every way through a stack: what libpam does with each answer that a module can give.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Gap, GapState};

use super::control::{Action, IGNORE, MODULE_UNKNOWN, PERM_DENIED, SUCCESS};
use super::entry::{Entry, Kind};

/// Most states of one question.
const MAX_STATES: usize = 50_000;

/// A set of answers, one bit for each code.
pub(super) type Codes = u32;

/// The set of one code.
pub(super) const fn only(code: u8) -> Codes {
    1 << code
}

/// What a question remembers on its way.
pub(super) type Marks = u8;

/// A question: which answers the modules can give, and what is remembered of the way.
pub(super) trait Scene {
    /// The answers of a module.
    fn codes(&self, at: usize, entry: &Entry, marks: Marks) -> Codes;

    /// What is remembered when a module has given an answer.
    fn mark(&self, _at: usize, _entry: &Entry, _code: u8, marks: Marks) -> Marks {
        marks
    }
}

/// What is thought so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Impression {
    None,
    Good,
    Bad,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// The next entry.
    at: usize,
    marks: Marks,
    impression: Impression,
    status: u8,
    /// Level of the last entry.
    level: u8,
    /// What was thought on entering each level, for `reset`.
    saved: Vec<(Impression, u8)>,
}

/// One entry on a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// The entry.
    pub(super) at: usize,
    /// Its answer.
    pub(super) code: u8,
    /// The action that follows.
    pub(super) action: Action,
}

/// One way to the end; of several with the same end and marks, the shortest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct End {
    /// The answer of the whole stack.
    pub(super) status: u8,
    pub(super) marks: Marks,
    pub(super) path: Vec<Step>,
}

/// All that can happen.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) ends: Vec<End>,
    /// Entries that are reached, with the marks on arrival.
    pub(super) reached: BTreeSet<(usize, Marks)>,
}

impl Run {
    /// The ways to success.
    pub(super) fn successes(&self) -> impl Iterator<Item = &End> {
        self.ends.iter().filter(|e| e.status == SUCCESS)
    }
}

/// Walks a stack.
///
/// # Errors
/// More states than are looked at.
pub(super) fn walk(stack: &[Entry], scene: &dyn Scene) -> Result<Run, Gap> {
    let mut run = Run::default();
    let start = State {
        at: 0,
        marks: 0,
        impression: Impression::None,
        status: PERM_DENIED,
        level: 0,
        saved: vec![(Impression::None, PERM_DENIED)],
    };
    let mut seen: BTreeMap<State, usize> = BTreeMap::from([(start.clone(), 0)]);
    let mut states: Vec<(State, usize, Option<Step>)> = vec![(start, 0, None)];
    let mut ended: BTreeSet<(u8, Marks)> = BTreeSet::new();
    let mut next = 0;
    while let Some((state, ..)) = states.get(next) {
        let state = state.clone();
        let Some(entry) = stack.get(state.at) else {
            let status = match (state.status, state.impression) {
                (SUCCESS, Impression::None | Impression::Bad) => PERM_DENIED,
                (status, _) => status,
            };
            if ended.insert((status, state.marks)) {
                let path = way(&states, next);
                run.ends.push(End { status, marks: state.marks, path });
            }
            next += 1;
            continue;
        };
        run.reached.insert((state.at, state.marks));
        let codes = match &entry.kind {
            Kind::Substack => 0,
            Kind::MustFail(_) => only(PERM_DENIED),
            Kind::Module(m) if !m.present => only(MODULE_UNKNOWN),
            Kind::Module(_) => scene.codes(state.at, entry, state.marks),
        };
        let mut follow = |new: State, step: Option<Step>| {
            if !seen.contains_key(&new) {
                seen.insert(new.clone(), states.len());
                states.push((new, next, step));
            }
        };
        if entry.kind == Kind::Substack {
            let mut new = entered(&state, entry);
            new.at += 1;
            follow(new, None);
        }
        for code in (0..32).filter(|c| codes & only(*c) != 0) {
            let marks = scene.mark(state.at, entry, code, state.marks);
            let (mut new, action) = answered(stack, &state, entry, code);
            new.marks = marks;
            follow(new, Some(Step { at: state.at, code, action }));
        }
        if states.len() > MAX_STATES {
            let detail =
                format!("{}:{}: a stack with more ways than are followed", entry.file, entry.line);
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        next += 1;
    }
    Ok(run)
}

fn way(states: &[(State, usize, Option<Step>)], mut at: usize) -> Vec<Step> {
    let mut path = Vec::new();
    while let Some((_, from, step)) = states.get(at) {
        path.extend(step);
        if at == 0 {
            break;
        }
        at = *from;
    }
    path.reverse();
    path
}

/// The state at an entry, its level entered.
fn entered(state: &State, entry: &Entry) -> State {
    let mut new = state.clone();
    let level = usize::from(entry.level);
    new.saved.truncate(usize::from(state.level.min(entry.level)) + 1);
    while new.saved.len() <= level {
        new.saved.push((state.impression, state.status));
    }
    new.level = entry.level;
    new
}

/// The state after an answer.
fn answered(stack: &[Entry], state: &State, entry: &Entry, code: u8) -> (State, Action) {
    let mut new = entered(state, entry);
    let action = entry.actions.get(usize::from(code)).copied().unwrap_or(Action::Bad);
    let level = entry.level;
    // The entries of this stack that follow, those of stacks below it left aside.
    let inside = |at: usize| stack.get(at).is_some_and(|e| e.level >= level);
    let mut at = state.at;
    match action {
        Action::Ignore => {}
        Action::Reset => {
            if let Some((impression, status)) = new.saved.get(usize::from(level)) {
                (new.impression, new.status) = (*impression, *status);
            }
        }
        Action::Ok | Action::Done => {
            if new.impression == Impression::None
                || new.impression == Impression::Good && new.status == SUCCESS
            {
                new.impression = Impression::Good;
                new.status = code;
            }
            if action == Action::Done && new.impression == Impression::Good {
                while inside(at + 1) {
                    at += 1;
                }
            }
        }
        Action::Bad | Action::Die => {
            if new.impression != Impression::Bad {
                new.impression = Impression::Bad;
                new.status = if code == IGNORE { PERM_DENIED } else { code };
            }
            if action == Action::Die {
                while inside(at + 1) {
                    at += 1;
                }
            }
        }
        Action::Jump(count) => {
            let mut left = count;
            while left > 0 && inside(at + 1) {
                at += 1;
                while stack.get(at + 1).is_some_and(|e| e.level > level) {
                    at += 1;
                }
                left -= 1;
            }
            if left > 0 {
                new.impression = Impression::Bad;
                new.status = PERM_DENIED;
            }
        }
    }
    new.at = at + 1;
    (new, action)
}
