//! Members and functions of what a script is given: texts, lists, regular expressions, and what polkit
//! hands over.

use std::rc::Rc;

use super::operators;
use super::run::{Engine, Question, Stop};
use super::value::Value;

/// `polkit.Result`.
const RESULTS: [(&str, &str); 6] = [
    ("NO", "no"),
    ("YES", "yes"),
    ("AUTH_SELF", "auth_self"),
    ("AUTH_SELF_KEEP", "auth_self_keep"),
    ("AUTH_ADMIN", "auth_admin"),
    ("AUTH_ADMIN_KEEP", "auth_admin_keep"),
];
/// The value of a detail of which nobody says what it is.
pub(in crate::subjects::polkit) const ANYTHING: &str = "\u{1}anything";

/// A regular expression.
///
/// # Errors
/// One that is not known here.
pub(super) fn regex(pattern: &str, flags: &str) -> Result<Value, Stop> {
    if !flags.chars().all(|c| c == 'i' || c == 'g') {
        return Err(Stop::unknown("flags of a regular expression"));
    }
    let built = if flags.contains('i') { format!("(?i){pattern}") } else { pattern.to_owned() };
    let built = regex::Regex::new(&built).map_err(|_| Stop::unknown("a regular expression"))?;
    Ok(Value::Regex(Rc::new(built), flags.contains('g')))
}

/// A member that is no function.
pub(super) fn member(of: &Value, name: &str, q: &Question) -> Result<Value, Stop> {
    let strings = |all: &[String]| Value::list(all.iter().map(|s| Value::text(&**s)).collect());
    Ok(match (of, name) {
        (Value::Undefined | Value::Null, _) => return Err(Stop::Thrown),
        (Value::Text(t), "length") => count(t.encode_utf16().count()),
        (Value::List(l), "length") => count(l.borrow().len()),
        (Value::Object(o), name) => o.borrow().get(name).cloned().unwrap_or(Value::Undefined),
        (Value::Polkit, "Result") => Value::Results,
        (Value::Results, "NOT_HANDLED") => Value::Null,
        (Value::Results, name) => {
            let found = RESULTS.iter().find(|(n, _)| *n == name);
            found.map_or(Value::Undefined, |(_, v)| Value::text(*v))
        }
        (Value::Action, "id") => Value::text(&*q.action),
        (Value::Action, name) => match name.strip_prefix("_detail_") {
            Some(detail) => lookup(q, detail),
            None => return Err(Stop::unknown(name)),
        },
        (Value::Subject, "user") => Value::text(&*q.user),
        (Value::Subject, "groups") => strings(&q.groups),
        (Value::Subject, "local") => Value::Bool(q.local),
        (Value::Subject, "active") => Value::Bool(q.active),
        (Value::Subject, "system_unit" | "no_new_privileges") => Value::Undefined,
        _ => return Err(Stop::unknown(name)),
    })
}

fn count(n: usize) -> Value {
    Value::Number(u32::try_from(n).map_or(f64::INFINITY, f64::from))
}

fn lookup(q: &Question, detail: &str) -> Value {
    match q.details.get(detail) {
        Some(Some(text)) => Value::text(&**text),
        Some(None) => Value::Undefined,
        None => Value::text(ANYTHING),
    }
}

/// Calls a function of a value.
pub(super) fn call(
    engine: &Engine<'_>,
    of: &Value,
    name: &str,
    args: &[Value],
) -> Result<Value, Stop> {
    let q = engine.question;
    let first = args.first().unwrap_or(&Value::Undefined);
    match (of, name) {
        (Value::Undefined | Value::Null, _) => Err(Stop::Thrown),
        (Value::Polkit, "log") => Ok(Value::Undefined),
        (Value::Polkit, "spawn") => spawn(engine, first),
        (Value::Action, "lookup") => Ok(lookup(q, &operators::text(first)?)),
        (Value::Subject, "isInGroup") => {
            let group = operators::text(first)?;
            Ok(Value::Bool(q.groups.contains(&group)))
        }
        (Value::Text(text), _) => on_text(text, name, args),
        (Value::List(_), _) => on_list(engine, of, name, args),
        (Value::Regex(regex, _), "test") => {
            Ok(Value::Bool(regex.is_match(&operators::text(first)?)))
        }
        (Value::Regex(regex, false), "exec") => Ok(matched(regex, &operators::text(first)?)),
        _ => Err(Stop::unknown(name)),
    }
}

/// Only the helper that reads `.pkla` files is known.
fn spawn(engine: &Engine<'_>, command: &Value) -> Result<Value, Stop> {
    let unknown = || Stop::unknown("a program that the rule runs");
    let Value::List(words) = command else { return Err(unknown()) };
    let words = words.borrow();
    let texts: Result<Vec<String>, Stop> = words.iter().map(operators::text).collect();
    let q = engine.question;
    let same = [&q.user, &q.local.to_string(), &q.active.to_string(), &q.action];
    match texts?.as_slice() {
        [program, rest @ ..]
            if program.ends_with("/pkla-check-authorization") && rest.iter().eq(same) =>
        {
            let found = engine.pkla.ok_or_else(unknown)?(q)?;
            Ok(Value::text(found.map(|f| format!("{f}\n")).unwrap_or_default()))
        }
        _ => Err(unknown()),
    }
}

fn matched(regex: &regex::Regex, text: &str) -> Value {
    let Some(found) = regex.captures(text) else { return Value::Null };
    let group =
        |m: Option<regex::Match<'_>>| m.map_or(Value::Undefined, |m| Value::text(m.as_str()));
    Value::list(found.iter().map(group).collect())
}

/// Texts here are ASCII as far as positions go.
fn on_text(text: &Rc<str>, name: &str, args: &[Value]) -> Result<Value, Stop> {
    let first = args.first().unwrap_or(&Value::Undefined);
    let position = |at: Option<usize>| at.map_or(Value::Number(-1.0), count);
    if args.len() > 1 && ["indexOf", "startsWith", "endsWith", "includes", "split"].contains(&name)
    {
        return Err(Stop::unknown(name));
    }
    Ok(match (name, first) {
        ("indexOf", _) => position(text.find(&operators::text(first)?)),
        ("lastIndexOf", _) => position(text.rfind(&operators::text(first)?)),
        ("startsWith", Value::Text(t)) => Value::Bool(text.starts_with(&**t)),
        ("endsWith", Value::Text(t)) => Value::Bool(text.ends_with(&**t)),
        ("includes", Value::Text(t)) => Value::Bool(text.contains(&**t)),
        ("match", Value::Regex(regex, false)) => matched(regex, text),
        // With `g` every match is listed: whether there is one is the same question.
        ("match", Value::Regex(regex, true)) => {
            let all: Vec<Value> = regex.find_iter(text).map(|m| Value::text(m.as_str())).collect();
            if all.is_empty() { Value::Null } else { Value::list(all) }
        }
        ("search", Value::Regex(regex, _)) => position(regex.find(text).map(|m| m.start())),
        ("replace", Value::Regex(regex, all)) => {
            let Some(Value::Text(with)) = args.get(1) else { return Err(Stop::unknown(name)) };
            if with.contains('$') {
                return Err(Stop::unknown(name));
            }
            let times = if *all { 0 } else { 1 };
            Value::text(regex.replacen(text, times, regex::NoExpand(with)).into_owned())
        }
        ("split", Value::Text(by)) if !by.is_empty() => {
            Value::list(text.split(&**by).map(Value::text).collect())
        }
        ("substr" | "substring" | "slice", _) if text.is_ascii() => cut(text, name, args)?,
        ("toLowerCase", _) => Value::text(text.to_lowercase()),
        ("toUpperCase", _) => Value::text(text.to_uppercase()),
        ("trim", _) => Value::text(text.trim()),
        ("toString", _) => Value::Text(Rc::clone(text)),
        ("concat", _) => {
            let more: Result<Vec<String>, Stop> = args.iter().map(operators::text).collect();
            Value::text(format!("{text}{}", more?.concat()))
        }
        _ => return Err(Stop::unknown(name)),
    })
}

fn cut(text: &str, name: &str, args: &[Value]) -> Result<Value, Stop> {
    let number = |at: usize| match args.get(at) {
        Some(Value::Number(n)) if *n >= 0.0 && n.fract() == 0.0 && *n < 1e6 => {
            Ok(Some(format!("{n:.0}").parse::<usize>().unwrap_or(0)))
        }
        None => Ok(None),
        _ => Err(Stop::unknown(name)),
    };
    let from = number(0)?.unwrap_or(0).min(text.len());
    let to = match (number(1)?, name) {
        (None, _) => text.len(),
        (Some(length), "substr") => from.saturating_add(length),
        (Some(end), _) => end,
    };
    let (from, to) = if name == "substring" && to < from { (to, from) } else { (from, to) };
    Ok(Value::text(text.get(from..to.min(text.len())).unwrap_or_default()))
}

fn on_list(engine: &Engine<'_>, of: &Value, name: &str, args: &[Value]) -> Result<Value, Stop> {
    let Value::List(list) = of else { return Err(Stop::unknown(name)) };
    let first = args.first().cloned().unwrap_or(Value::Undefined);
    let items = list.borrow().clone();
    let ask = |item: &Value, at: usize| -> Result<bool, Stop> {
        let Value::Function(f, scope) = &first else { return Err(Stop::Thrown) };
        Ok(engine.invoke(f, scope, &[item.clone(), count(at), of.clone()])?.truthy())
    };
    if args.len() > 1 && name != "push" {
        return Err(Stop::unknown(name));
    }
    Ok(match name {
        "indexOf" => {
            let at = items.iter().position(|i| i.strictly(&first));
            at.map_or(Value::Number(-1.0), count)
        }
        "includes" => Value::Bool(items.iter().any(|i| i.strictly(&first))),
        "some" | "every" => {
            let wanted = name == "some";
            for (at, item) in items.iter().enumerate() {
                if ask(item, at)? == wanted {
                    return Ok(Value::Bool(wanted));
                }
            }
            Value::Bool(!wanted)
        }
        "forEach" => {
            for (at, item) in items.iter().enumerate() {
                ask(item, at)?;
            }
            Value::Undefined
        }
        "filter" => {
            let mut out = Vec::new();
            for (at, item) in items.iter().enumerate() {
                if ask(item, at)? {
                    out.push(item.clone());
                }
            }
            Value::list(out)
        }
        "push" => {
            list.borrow_mut().extend(args.iter().cloned());
            count(list.borrow().len())
        }
        "pop" => list.borrow_mut().pop().unwrap_or(Value::Undefined),
        "join" => {
            let by = match &first {
                Value::Undefined => ",".to_owned(),
                other => operators::text(other)?,
            };
            let texts: Result<Vec<String>, Stop> = items.iter().map(operators::text).collect();
            Value::text(texts?.join(&by))
        }
        _ => return Err(Stop::unknown(name)),
    })
}
