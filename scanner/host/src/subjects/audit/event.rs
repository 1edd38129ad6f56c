//! What the kernel's filters make of an event, from auditctl(8) and the kernel's audit lists.

use super::rule::{Abi, Field, List, Names, Op, Rule, Want};

/// An event before the filters.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) abi: Abi,
    /// The system call, as rules hold it. Empty: this interface has none of the name.
    pub(super) call: String,
    /// Permissions that it uses: execute 1, write 2, read 4, attributes 8.
    pub(super) perm: u32,
    pub(super) auid: u32,
    pub(super) uid: u32,
    pub(super) euid: u32,
    pub(super) gid: u32,
    /// The object, without links. Empty: none.
    pub(super) path: String,
    /// The program.
    pub(super) exe: String,
    pub(super) args: [Option<u32>; 4],
    /// 0 where it succeeds, else the error as the call returns it.
    pub(super) exit: u32,
    /// The type of its main record.
    pub(super) kind: u32,
}

impl Event {
    /// A call of a person, seen from the system: nothing special about it.
    pub(super) fn of(names: &Names, call: &str, abi: Abi, auid: u32, uid: u32) -> Self {
        Self {
            abi,
            call: names.call(abi, call).unwrap_or_default(),
            perm: 0,
            auid,
            uid,
            euid: uid,
            gid: uid,
            path: String::new(),
            exe: "/usr/local/bin/program".to_owned(),
            args: [None; 4],
            exit: 0,
            kind: 1300,
        }
    }

    fn number(&self, field: &str) -> Option<u32> {
        let arg = |i: usize| self.args.get(i).copied().flatten();
        Some(match field {
            "uid" => self.uid,
            "euid" | "suid" | "fsuid" => self.euid,
            "gid" | "egid" | "sgid" | "fsgid" => self.gid,
            "auid" => self.auid,
            "exit" => self.exit,
            "obj_uid" | "obj_gid" if !self.path.is_empty() => 0,
            "sessionid" if self.auid == u32::MAX => u32::MAX,
            "msgtype" => self.kind,
            "pers" => 0,
            "a0" => return arg(0),
            "a1" => return arg(1),
            "a2" => return arg(2),
            "a3" => return arg(3),
            _ => return None,
        })
    }

    /// Makes the event fit a condition where one value does.
    pub(super) fn fit(&mut self, field: &Field) {
        let Want::Number(want) = field.want else {
            if let (Want::Text(text), Op::Is) = (&field.want, field.op) {
                match field.name {
                    "path" => text.clone_into(&mut self.path),
                    "dir" => self.path = format!("{}/file", text.trim_end_matches('/')),
                    "exe" => text.clone_into(&mut self.exe),
                    _ => {}
                }
            }
            return;
        };
        let value = match field.op {
            Op::Is | Op::AtLeast | Op::AtMost => want,
            Op::More => want.saturating_add(1),
            Op::Less => want.saturating_sub(1),
            _ => return,
        };
        match field.name {
            "uid" => self.uid = value,
            "euid" | "suid" | "fsuid" => self.euid = value,
            "gid" | "egid" | "sgid" | "fsgid" => self.gid = value,
            "auid" => self.auid = value,
            "exit" => self.exit = value,
            "success" => self.exit = if value == 0 { 13_u32.wrapping_neg() } else { 0 },
            "a0" => self.args[0] = Some(value),
            "a1" => self.args[1] = Some(value),
            "a2" => self.args[2] = Some(value),
            "a3" => self.args[3] = Some(value),
            _ => {}
        }
    }
}

fn compare(have: u32, op: Op, want: u32) -> bool {
    match op {
        Op::Is => have == want,
        Op::Not => have != want,
        Op::Less => have < want,
        Op::More => have > want,
        Op::AtMost => have <= want,
        Op::AtLeast => have >= want,
        Op::Mask => have & want != 0,
        Op::Test => have & want == want,
    }
}

/// Whether a condition holds; `None`: the event does not say.
pub(super) fn holds(field: &Field, event: &Event) -> Option<bool> {
    let either = |same: bool| Some(if field.op == Op::Not { !same } else { same });
    match (&field.want, field.name) {
        (Want::Abi(abi), _) => either(*abi == event.abi),
        (Want::Number(bits), "perm") => Some(bits & event.perm != 0),
        (Want::Number(want), "success") => either((event.exit == 0) == (*want != 0)),
        (Want::Number(want), name) => event.number(name).map(|have| compare(have, field.op, *want)),
        (Want::Text(path), "path") => either(event.path == *path),
        (Want::Text(path), "dir") => {
            let path = path.trim_end_matches('/');
            let below = event.path.strip_prefix(path);
            either(
                below.is_some_and(|r| r.is_empty() || r.starts_with('/')) && !event.path.is_empty(),
            )
        }
        (Want::Text(exe), "exe") => either(event.exe == *exe),
        (Want::Fields(a, b), _) => {
            let (a, b) = (event.number(a)?, event.number(b)?);
            Some(compare(a, field.op, b))
        }
        (Want::Text(_), _) => None,
    }
}

/// Whether a rule takes an event; `None`: only for some that look like it.
pub(super) fn takes(rule: &Rule, event: &Event) -> Option<bool> {
    // Calls are compared by their numbers, whatever machine they were written for.
    if rule.calls.as_ref().is_some_and(|calls| !calls.contains(&event.call)) {
        return Some(false);
    }
    let mut sure = true;
    for field in &rule.fields {
        match holds(field, event) {
            Some(false) => return Some(false),
            Some(true) => {}
            None => sure = false,
        }
    }
    sure.then_some(true)
}

/// What becomes of an event.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fate<'a> {
    /// It is recorded because of a rule.
    Recorded,
    /// A rule keeps it from the record.
    Hidden(&'a Rule),
    /// No rule takes it.
    Unseen,
}

/// Goes through the lists as the kernel does for a system call: what was said when the task began,
/// then the first rule that takes it at its end, then what is left out of the record.
pub(super) fn fate<'a>(rules: &'a [Rule], event: &Event) -> Fate<'a> {
    let of = |list: List| rules.iter().filter(move |r| r.list == list);
    let first = |list: List| of(list).find(|r| takes(r, event) == Some(true));
    if let Some(rule) = first(List::Task).filter(|r| r.never) {
        return Fate::Hidden(rule);
    }
    match first(List::Exit) {
        None => Fate::Unseen,
        Some(rule) if rule.never => Fate::Hidden(rule),
        Some(_) => match left_out(rules, event) {
            Some(rule) => Fate::Hidden(rule),
            None => Fate::Recorded,
        },
    }
}

/// The rule that leaves a record out.
pub(super) fn left_out<'a>(rules: &'a [Rule], event: &Event) -> Option<&'a Rule> {
    let mut exclude = rules.iter().filter(|r| r.list == List::Exclude);
    exclude.find(|r| takes(r, event) == Some(true))
}
