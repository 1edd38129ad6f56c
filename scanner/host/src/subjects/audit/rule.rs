//! One line as auditctl takes it: control options and rules, from auditctl(8) and audit.rules(7).

use std::collections::BTreeSet;

use super::names::FIELDS;
pub(super) use super::names::Names;
use super::options::{Option_, options};
use super::value::{bits, want};
use crate::systemd::Place;

/// A list of rules in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    Task,
    Exit,
    User,
    Exclude,
    Filesystem,
}

/// An application binary interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Abi {
    B64,
    B32,
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Op {
    Is,
    Not,
    Less,
    More,
    AtMost,
    AtLeast,
    Mask,
    Test,
}

/// What it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Want {
    Number(u32),
    Text(String),
    Abi(Abi),
    Fields(String, String),
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) op: Op,
    pub(super) want: Want,
}

/// One rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) list: List,
    pub(super) never: bool,
    /// Numbers of system calls, or their names on machines without a table. `None`: all.
    pub(super) calls: Option<BTreeSet<String>>,
    pub(super) fields: Vec<Field>,
    pub(super) key: String,
    pub(super) text: String,
    pub(super) place: Place,
}

impl Rule {
    /// Whether the kernel takes both for one.
    pub(super) fn same(&self, other: &Self) -> bool {
        (self.list, self.never, &self.calls) == (other.list, other.never, &other.calls)
            && self.fields == other.fields
            && self.key == other.key
    }
}

/// What a line asks for.
#[derive(Debug, Clone)]
pub(super) enum Command {
    Append(Rule),
    Prepend(Rule),
    Delete(Rule),
    DeleteAll(Option<String>),
    Enable(u8),
    Failure(u8),
    Ignore,
    Continue,
    /// Anything that changes neither rules nor whether they are loaded.
    Other,
}

/// What is known of a rule while its options are read.
#[derive(Default)]
struct Draft {
    list: Option<(List, bool)>,
    prepend: bool,
    delete: bool,
    watch: bool,
    abi: Option<Abi>,
    calls: Option<BTreeSet<String>>,
    all: bool,
    fields: Vec<Field>,
    keys: Vec<String>,
    calls_added: bool,
    selected: bool,
}

/// Reads a line. What comes before an error is done; the error says why the rest is not.
pub(super) fn parse(
    text: &str,
    place: &Place,
    names: &Names,
    directory: &dyn Fn(&str) -> bool,
) -> (Vec<Command>, Option<String>) {
    let mut out = Vec::new();
    let (all, leftover) = options(text);
    let mut draft = Draft::default();
    let mut count = 0;
    for option in &all {
        count += 1;
        match step(option, &mut draft, names, directory, &mut out) {
            Ok(true) => {}
            // Ends the line; what follows must be nothing.
            Ok(false) => {
                let more = count < all.len() || leftover;
                return (out, more.then(|| "something follows the option".to_owned()));
            }
            Err(why) => return (out, Some(why)),
        }
    }
    if leftover {
        return (out, Some("a word without an option".to_owned()));
    }
    let Some((list, never)) = draft.list else {
        let stray = draft.calls_added || all.is_empty();
        return (out, stray.then(|| "no list is given".to_owned()));
    };
    let key = draft.keys.join("\u{1}");
    if !key.is_empty() && !draft.selected && !draft.calls_added {
        return (out, Some("a key needs a watch or a system call".to_owned()));
    }
    let rule = Rule {
        list,
        never,
        calls: if draft.all { None } else { draft.calls },
        fields: draft.fields,
        key,
        text: text.split_whitespace().collect::<Vec<_>>().join(" "),
        place: place.clone(),
    };
    if let Err(why) = accepted(&rule) {
        return (out, Some(why));
    }
    out.push(if draft.delete {
        Command::Delete(rule)
    } else if draft.prepend {
        Command::Prepend(rule)
    } else {
        Command::Append(rule)
    });
    (out, None)
}

/// What the kernel refuses of a rule by itself.
fn accepted(rule: &Rule) -> Result<(), String> {
    let objects = rule.fields.iter().filter(|f| f.name == "path" || f.name == "dir");
    if objects.clone().count() > 1 {
        return Err("more than one path".to_owned());
    }
    for field in objects {
        let Want::Text(path) = &field.want else { continue };
        if field.op != Op::Is {
            return Err("a path can only be compared with =".to_owned());
        }
        if !path.starts_with('/') || (field.name == "path" && path.ends_with('/')) {
            return Err(format!("{path} is no path that the kernel takes"));
        }
    }
    Ok(())
}

fn level(value: &str) -> Option<u8> {
    ["0", "1", "2"].contains(&value).then(|| value.parse().ok()).flatten()
}

/// `Ok(false)`: auditctl looks at nothing more of the line.
fn step(
    option: &Option_,
    draft: &mut Draft,
    names: &Names,
    directory: &dyn Fn(&str) -> bool,
    out: &mut Vec<Command>,
) -> Result<bool, String> {
    let value = option.value.as_str();
    let numeric = || value.starts_with(|c: char| c.is_ascii_digit());
    match option.name.as_str() {
        "i" => out.push(Command::Ignore),
        "c" => out.push(Command::Continue),
        "e" => out.push(Command::Enable(level(value).ok_or("-e takes 0, 1 or 2")?)),
        "f" => out.push(Command::Failure(level(value).ok_or("-f takes 0, 1 or 2")?)),
        "r" | "b" | "backlog_wait_time" if !numeric() => {
            return Err(format!("{value} is no number"));
        }
        "r" | "b" | "backlog_wait_time" => out.push(Command::Other),
        "D" => out.push(Command::DeleteAll(None)),
        "D-k" => out.push(Command::DeleteAll(Some(value.to_owned()))),
        "loginuid-immutable"
        | "reset-lost"
        | "reset_backlog_wait_time_actual"
        | "t"
        | "q"
        | "l"
        | "s"
        | "m"
        | "v"
        | "signal" => {
            out.push(Command::Other);
            return Ok(false);
        }
        "a" | "A" | "d" => return list(option, draft),
        "w" | "W" => return watch(option, draft, directory),
        "p" => permissions(value, draft)?,
        "S" => calls(value, draft, names)?,
        "F" | "C" => field(option, draft, names)?,
        "k" if draft.list.is_none() || !(draft.calls_added || draft.selected) => {
            return Err("a key needs a watch or a system call before it".to_owned());
        }
        "k" => draft.keys.push(value.to_owned()),
        other => return Err(format!("there is no option {other}")),
    }
    Ok(!["i", "c", "D", "D-k"].contains(&option.name.as_str()))
}

fn list(option: &Option_, draft: &mut Draft) -> Result<bool, String> {
    let value = option.value.as_str();
    let bad = || format!("{value} is no list and action");
    if draft.list.is_some() {
        return Err("more than one list".to_owned());
    }
    if draft.calls_added && value.contains("task") {
        return Err("the task list takes no system calls".to_owned());
    }
    let (a, b) = value.split_once(',').filter(|(_, b)| !b.contains(',')).ok_or_else(bad)?;
    if a == "possible" || b == "possible" {
        // An action of old that is passed over.
        return Ok(false);
    }
    let action = |w: &str| match w {
        "never" => Some(true),
        "always" => Some(false),
        _ => None,
    };
    let filter = |w: &str| match w.to_ascii_lowercase().as_str() {
        "task" => Some(List::Task),
        "exit" => Some(List::Exit),
        "user" => Some(List::User),
        "exclude" => Some(List::Exclude),
        "filesystem" => Some(List::Filesystem),
        _ => None,
    };
    let both = |a, b| Some((filter(a)?, action(b)?));
    draft.list = Some(both(a, b).or_else(|| both(b, a)).ok_or_else(bad)?);
    draft.prepend = option.name == "A";
    draft.delete = option.name == "d";
    Ok(true)
}

fn watch(
    option: &Option_,
    draft: &mut Draft,
    directory: &dyn Fn(&str) -> bool,
) -> Result<bool, String> {
    let path = option.value.as_str();
    if draft.list.is_some() && option.name == "w" {
        return Err("a watch cannot have a list".to_owned());
    }
    if !path.starts_with('/') {
        return Err(format!("{path} is not absolute"));
    }
    let trimmed = path.trim_end_matches('/');
    let path = if trimmed.len() > 1 { trimmed } else { path };
    draft.list = Some((List::Exit, false));
    draft.delete = option.name == "W";
    (draft.watch, draft.calls_added, draft.all) = (true, true, true);
    let name = if directory(path) { "dir" } else { "path" };
    draft.fields.push(Field { name, op: Op::Is, want: Want::Text(path.to_owned()) });
    draft.fields.push(Field { name: "perm", op: Op::Is, want: Want::Number(15) });
    Ok(true)
}

fn permissions(text: &str, draft: &mut Draft) -> Result<(), String> {
    if draft.list.is_none() {
        return Err("a permission needs a watch before it".to_owned());
    }
    let want = Want::Number(bits(text)?);
    if draft.fields.is_empty() {
        return Err("a permission needs a watch before it".to_owned());
    }
    draft.selected = true;
    match draft.fields.iter_mut().find(|f| f.name == "perm") {
        Some(field) => field.want = want,
        None => draft.fields.push(Field { name: "perm", op: Op::Is, want }),
    }
    Ok(())
}

fn calls(value: &str, draft: &mut Draft, names: &Names) -> Result<(), String> {
    match draft.list {
        Some((List::Exit, _)) | None => {}
        Some(_) => return Err("only the exit list takes system calls".to_owned()),
    }
    let abi = draft.abi.unwrap_or_else(|| names.native());
    for name in value.split(',').filter(|n| !n.is_empty()) {
        if name == "all" {
            draft.all = true;
        } else {
            draft.calls.get_or_insert_default().insert(names.call(abi, name)?);
        }
    }
    draft.calls_added = true;
    Ok(())
}

fn field(option: &Option_, draft: &mut Draft, names: &Names) -> Result<(), String> {
    let text = option.value.as_str();
    let Some((list, _)) = draft.list else {
        return Err("a field needs a list before it".to_owned());
    };
    if option.name == "F"
        && let Some(key) = text.strip_prefix("key=")
    {
        draft.keys.push(key.to_owned());
        return Ok(());
    }
    let operators: &[(&str, Op)] = if option.name == "C" {
        &[("!=", Op::Not), ("=", Op::Is)]
    } else {
        &[
            ("!=", Op::Not),
            (">=", Op::AtLeast),
            ("<=", Op::AtMost),
            ("&=", Op::Test),
            ("=", Op::Is),
            (">", Op::More),
            ("<", Op::Less),
            ("&", Op::Mask),
        ]
    };
    let split = operators.iter().find_map(|(s, op)| text.split_once(s).map(|(a, b)| (a, *op, b)));
    let (name, op, value) = split.ok_or_else(|| format!("{text} compares nothing"))?;
    let known = |name: &str| FIELDS.iter().copied().find(|f| f.eq_ignore_ascii_case(name));
    let found = if name.eq_ignore_ascii_case("loginuid") { Some("auid") } else { known(name) };
    let field = found.ok_or_else(|| format!("there is no field {name}"))?;
    if value.is_empty() {
        return Err(format!("{text} lacks a value"));
    }
    let want = if option.name == "C" {
        let other = known(value).ok_or_else(|| format!("there is no field {value}"))?;
        if list != List::Exit || field.contains("gid") != other.contains("gid") {
            return Err(format!("{text} cannot be compared"));
        }
        let (a, b) = (field.to_owned(), other.to_owned());
        draft.fields.push(Field { name: "field_compare", op, want: Want::Fields(a, b) });
        return Ok(());
    } else {
        want(field, op, value, list, draft.calls_added, names)?
    };
    if ["path", "dir", "perm", "exe", "fstype"].contains(&field) {
        draft.selected = true;
    }
    if let Want::Abi(abi) = want {
        draft.abi = Some(abi);
    }
    draft.fields.push(Field { name: field, op, want });
    Ok(())
}
