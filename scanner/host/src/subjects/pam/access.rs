//! Stacks of the type auth and account: who gets in with what.

use std::collections::BTreeMap;

use assay_core::Gap;

use super::answers::{Asker, local};
use super::control::{AUTH_ERR, Action, IGNORE, SERVICE_ERR, SUCCESS};
use super::entry::{ACCOUNT, AUTH, Entry};
use super::faillock::{Faillock, When};
use super::flow::{Codes, End, Marks, Scene, Step, only, walk};
use super::world::World;

/// Most ways in without a password that are looked for in one stack.
const MAX_WAYS: usize = 16;

/// The entries for pam_faillock, by their place in the stack.
pub(super) type Locks = BTreeMap<usize, Faillock>;

/// Reads what they say.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn locks(world: &World<'_>, stack: &[Entry]) -> Result<Locks, Gap> {
    let mut out = Locks::new();
    for (at, entry) in stack.iter().enumerate().filter(|(_, e)| e.is("pam_faillock")) {
        out.insert(at, Faillock::of(world.host, entry)?);
    }
    Ok(out)
}

/// The answers to an asker whose account is not locked.
struct Open<'a> {
    asker: Asker<'a>,
    locks: &'a Locks,
}

impl Scene for Open<'_> {
    fn codes(&self, at: usize, entry: &Entry, _: Marks) -> Codes {
        match self.locks.get(&at) {
            Some(lock) => unlocked(lock),
            None => self.asker.codes(entry),
        }
    }
}

/// The answer of pam_faillock where the account is open.
pub(super) fn unlocked(lock: &Faillock) -> Codes {
    match lock.when {
        _ if lock.broken => only(SERVICE_ERR),
        When::AfterFailure => only(IGNORE),
        When::Before | When::AfterSuccess => only(SUCCESS),
    }
}

/// One way in without what the stack should ask for.
#[derive(Debug, Clone)]
pub(super) struct Bypass {
    /// The entry that opens it.
    pub(super) at: usize,
    /// The answer of its module.
    pub(super) code: u8,
    /// Nothing in the stack says no: any entry that says yes will do.
    open: bool,
}

/// The ways to success for somebody who knows nothing, each with the entry that opens it. In a stack
/// of the type account: for an account that has expired.
///
/// # Errors
/// A file that cannot be read, a stack that cannot be followed.
pub(super) fn bypasses(
    world: &World<'_>,
    service: &str,
    kind: usize,
    stack: &[Entry],
    trusted: bool,
) -> Result<Vec<Bypass>, Gap> {
    let locks = if kind == AUTH { locks(world, stack)? } else { Locks::new() };
    let asker = Asker { world, service, kind, knows: false, trusted };
    let mut stack = stack.to_vec();
    let mut out: Vec<Bypass> = Vec::new();
    for _ in 0..MAX_WAYS {
        let run = walk(&stack, &Open { asker, locks: &locks })?;
        let Some(found) = run.successes().next().and_then(|end| blame(&stack, end)) else { break };
        if out.iter().any(|b| b.at == found.at) {
            break;
        }
        // Without this one, is there another?
        if let Some(entry) = stack.get_mut(found.at) {
            entry.actions = [Action::Ignore; 32];
        }
        // That nothing says no is one mistake, however many say yes.
        if !(found.open && out.iter().any(|b| b.open)) {
            out.push(found);
        }
    }
    Ok(out)
}

/// The entry that opens a way: the one that ended the stack with success, or that skipped what would
/// have stopped it, or that first said yes.
fn blame(stack: &[Entry], end: &End) -> Option<Bypass> {
    let of = |step: &Step, open: bool| Bypass { at: step.at, code: step.code, open };
    let yes = |action: Action| matches!(action, Action::Ok | Action::Done);
    let done = end.path.iter().rev().find(|s| s.action == Action::Done && s.code == SUCCESS);
    let next = |at: usize| end.path.iter().map(|s| s.at).find(|a| *a > at).unwrap_or(stack.len());
    let stops = |e: &Entry| {
        let action = e.actions.get(usize::from(AUTH_ERR));
        matches!(action, Some(Action::Bad | Action::Die)) && e.module().is_some()
    };
    let skips = |at: usize| stack.get(at + 1..next(at)).unwrap_or_default().iter().any(stops);
    let jump = end.path.iter().rev().find(|s| matches!(s.action, Action::Jump(_)) && skips(s.at));
    let first = end.path.iter().find(|s| yes(s.action) && s.code == SUCCESS);
    done.or(jump).map(|s| of(s, false)).or_else(|| first.map(|s| of(s, true)))
}

/// An entry that checks passwords of the host, and whose yes is enough.
///
/// # Errors
/// A file that cannot be read, a stack that cannot be followed.
pub(super) fn checks(
    world: &World<'_>,
    service: &str,
    stack: &[Entry],
    locks: &Locks,
) -> Result<Vec<usize>, Gap> {
    let mut out = Vec::new();
    for (at, entry) in stack.iter().enumerate() {
        if entry.module().is_some_and(local) && through(world, service, stack, locks, at, false)? {
            out.push(at);
        }
    }
    Ok(out)
}

/// Whether the right password leads to success by the yes of one entry.
fn through(
    world: &World<'_>,
    service: &str,
    stack: &[Entry],
    locks: &Locks,
    target: usize,
    locked: bool,
) -> Result<bool, Gap> {
    let asker = Asker { world, service, kind: AUTH, knows: true, trusted: true };
    let run = walk(stack, &Right { asker, locks, target, locked })?;
    Ok(run.successes().any(|e| e.marks & 1 != 0))
}

/// The right password, given to one entry.
struct Right<'a> {
    asker: Asker<'a>,
    locks: &'a Locks,
    target: usize,
    /// Whether there were too many failures before.
    locked: bool,
}

impl Scene for Right<'_> {
    fn codes(&self, at: usize, entry: &Entry, _: Marks) -> Codes {
        if let Some(lock) = self.locks.get(&at) {
            return match self.locked && denies(lock, self.locks) {
                true => only(AUTH_ERR),
                false => unlocked(lock),
            };
        }
        if self.locked && tally(entry).is_some_and(|deny| deny > 0) {
            return only(AUTH_ERR);
        }
        if at != self.target && entry.module().is_some_and(local) {
            return only(AUTH_ERR);
        }
        self.asker.codes(entry)
    }

    fn mark(&self, at: usize, _: &Entry, code: u8, marks: Marks) -> Marks {
        if at == self.target && code == SUCCESS { marks | 1 } else { marks }
    }
}

/// Whether an entry for pam_faillock turns anybody away: it has a limit, and looks where failures are
/// kept.
fn denies(lock: &Faillock, all: &Locks) -> bool {
    let kept = all
        .values()
        .any(|l| l.when == When::AfterFailure && !l.broken && l.directory == lock.directory);
    lock.broken || kept && lock.deny.number() > 0
}

/// The limit of an entry for pam_tally2 or pam_tally.
pub(super) fn tally(entry: &Entry) -> Option<i64> {
    let module = entry.module().filter(|m| m.name == "pam_tally2" || m.name == "pam_tally")?;
    let deny = module.args.iter().rev().find_map(|a| a.strip_prefix("deny="));
    Some(deny.and_then(super::options::number).unwrap_or(0))
}

/// Whether too many failures close an entry.
///
/// # Errors
/// A stack that cannot be followed.
pub(super) fn closes(
    world: &World<'_>,
    service: &str,
    stack: &[Entry],
    locks: &Locks,
    target: usize,
) -> Result<bool, Gap> {
    Ok(!through(world, service, stack, locks, target, true)?)
}

/// A wrong password, given to one entry.
struct Wrong<'a> {
    asker: Asker<'a>,
    locks: &'a Locks,
    target: usize,
}

const TRIED: Marks = 1;
const COUNTED: Marks = 2;
/// What was counted is forgotten.
const FORGOTTEN: Marks = 4;

impl Scene for Wrong<'_> {
    fn codes(&self, at: usize, entry: &Entry, _: Marks) -> Codes {
        match self.locks.get(&at) {
            Some(lock) => unlocked(lock),
            None => self.asker.codes(entry),
        }
    }

    fn mark(&self, at: usize, entry: &Entry, _: u8, marks: Marks) -> Marks {
        let lock = self.locks.get(&at);
        let counts = lock.is_some_and(|l| l.when == When::AfterFailure && !l.broken)
            || tally(entry).is_some();
        let forgets = lock.is_some_and(|l| l.when == When::AfterSuccess && !l.broken);
        let bit = |set: bool, bit: Marks| if set { bit } else { 0 };
        marks | bit(at == self.target, TRIED) | bit(counts, COUNTED) | bit(forgets, FORGOTTEN)
    }
}

/// Whether every failure of an entry is counted.
///
/// # Errors
/// A stack that cannot be followed.
pub(super) fn counts(
    world: &World<'_>,
    service: &str,
    stack: &[Entry],
    locks: &Locks,
    target: usize,
) -> Result<bool, Gap> {
    let asker = Asker { world, service, kind: AUTH, knows: false, trusted: false };
    let run = walk(stack, &Wrong { asker, locks, target })?;
    let fine = |m: Marks| m & COUNTED != 0 && m & FORGOTTEN == 0;
    Ok(run.ends.iter().all(|e| e.marks & TRIED == 0 || fine(e.marks)))
}

/// Whether a caller outside of every group gets through a stack with the right password.
///
/// # Errors
/// A file that cannot be read, a stack that cannot be followed.
pub(super) fn outsider(
    world: &World<'_>,
    service: &str,
    kind: usize,
    stack: &[Entry],
) -> Result<bool, Gap> {
    let locks = if kind == ACCOUNT { Locks::new() } else { locks(world, stack)? };
    let asker = Asker { world, service, kind, knows: true, trusted: false };
    let run = walk(stack, &Open { asker, locks: &locks })?;
    Ok(run.successes().next().is_some())
}
