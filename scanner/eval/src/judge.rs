//! After Rego: from a rule's output to a status.

use assay_core::verdict::{Cause, CauseKind, Failure, Status};
use assay_core::{Path, fingerprint};
use regorus::Value;

use crate::program::Output;

/// What a rule said of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Judged {
    pub(crate) status: Status,
    pub(crate) failures: Vec<Failure>,
    pub(crate) cause: Option<Cause>,
    pub(crate) reason: String,
}

impl Judged {
    fn of(status: Status) -> Self {
        Self { status, failures: Vec::new(), cause: None, reason: String::new() }
    }

    /// Not assessed, and why.
    pub(crate) fn unknown(cause: Cause) -> Self {
        Self { cause: Some(cause), ..Self::of(Status::NotAssessed) }
    }

    fn error(detail: impl Into<String>) -> Self {
        Self::unknown(cause(CauseKind::RuleError, detail))
    }
}

fn cause(kind: CauseKind, detail: impl Into<String>) -> Cause {
    Cause { kind, what: String::new(), operation: None, detail: detail.into() }
}

/// A rule's set, taken apart.
#[derive(Default)]
struct Said {
    pass: bool,
    fail: Vec<Value>,
    narrow: Vec<Value>,
}

/// Judges a rule's output. `gate` is the cause of an unknown facet that `pass` or `fail` reads:
/// then only `not_applicable` can be believed.
pub(crate) fn judge(rule: &str, resource: &str, output: &Output, gate: Option<Cause>) -> Judged {
    let said = match output {
        Output::Set(Value::Set(set)) if gate.is_none() && set.len() == 1 => {
            // The common case, without copies: the rule passes.
            match set.first() {
                Some(Value::Array(a)) if is(a.first(), "p") => return Judged::of(Status::Pass),
                _ => said(output),
            }
        }
        _ => said(output),
    };
    let said = match (said, gate) {
        (Ok(said), Some(cause)) if said.narrow.is_empty() => return Judged::unknown(cause),
        (Err(_), Some(cause)) => return Judged::unknown(cause),
        (Err(judged), None) => return *judged,
        (Ok(said), _) => said,
    };
    if !said.narrow.is_empty() {
        return match reasons(&said.narrow) {
            Ok(reason) => Judged { reason, ..Judged::of(Status::NotApplicable) },
            Err(detail) => Judged::error(detail),
        };
    }
    if said.pass && !said.fail.is_empty() {
        return Judged::error("pass and fail hold together");
    }
    if !said.fail.is_empty() {
        return match failures(rule, resource, &said.fail) {
            Ok(failures) => Judged { failures, ..Judged::of(Status::Fail) },
            Err(detail) => Judged::error(detail),
        };
    }
    if said.pass {
        return Judged::of(Status::Pass);
    }
    Judged::unknown(cause(CauseKind::NoVerdict, "the rule said neither pass nor fail"))
}

fn said(output: &Output) -> Result<Said, Box<Judged>> {
    let set = match output {
        Output::Limit => {
            let detail = "the rule took more instructions than it may";
            return Err(Box::new(Judged::unknown(cause(CauseKind::Limit, detail))));
        }
        Output::Error(e) => {
            let line = e.lines().map(str::trim).rfind(|l| !l.is_empty()).unwrap_or("error");
            return Err(Box::new(Judged::error(line)));
        }
        Output::Set(Value::Set(set)) => set,
        Output::Set(other) => {
            return Err(Box::new(Judged::error(format!("the rule gave no set but {other}"))));
        }
    };
    let mut said = Said::default();
    for member in set.iter() {
        let Value::Array(parts) = member else { continue };
        match (parts.first(), parts.get(1)) {
            (tag, None) if is(tag, "p") => said.pass = true,
            (tag, Some(value)) if is(tag, "f") => said.fail.push(value.clone()),
            (tag, Some(value)) if is(tag, "n") => said.narrow.push(value.clone()),
            _ => {}
        }
    }
    Ok(said)
}

fn is(value: Option<&Value>, word: &str) -> bool {
    matches!(value, Some(Value::String(s)) if s.as_ref() == word)
}

fn reasons(members: &[Value]) -> Result<String, String> {
    let mut reasons = Vec::new();
    for member in members {
        let [reason] = texts(member, ["reason"], "not_applicable")?;
        reasons.push(reason.ok_or("a member of not_applicable has no `reason`")?);
    }
    reasons.sort();
    Ok(reasons.join("; "))
}

fn failures(rule: &str, resource: &str, members: &[Value]) -> Result<Vec<Failure>, String> {
    let mut failures = Vec::new();
    for member in members {
        let [message, at, key] = texts(member, ["message", "at", "key"], "fail")?;
        let message = message.ok_or("a member of fail has no `message`")?;
        let at = at.ok_or("a member of fail has no `at`")?;
        if !pointer(&at) {
            return Err(format!("`at` is `{at}`, which is no JSON pointer into properties"));
        }
        let key = key.unwrap_or_default();
        let fingerprint = fingerprint(rule, resource, &key);
        failures.push(Failure { key, message, at, fingerprint, waiver: None, place: None });
    }
    failures.sort();
    if let Some([a, _]) = failures.windows(2).find_map(|w| match w {
        [a, b] if a.key == b.key => Some([a, b]),
        _ => None,
    }) {
        return Err(format!("two failures share the key `{}`", a.key));
    }
    Ok(failures)
}

/// The text members of an object that may hold no others.
fn texts<const N: usize>(
    member: &Value,
    names: [&str; N],
    output: &str,
) -> Result<[Option<String>; N], String> {
    let Value::Object(object) = member else {
        return Err(format!("a member of {output} is no object"));
    };
    let mut out = [const { None }; N];
    for (key, value) in object.iter() {
        let Value::String(name) = key else {
            return Err(format!("a member of {output} has a key that is no text"));
        };
        let slot = names.iter().zip(out.iter_mut()).find(|(n, _)| **n == name.as_ref());
        match (slot, value) {
            (Some((_, slot)), Value::String(text)) => *slot = Some(text.to_string()),
            (Some(_), _) => return Err(format!("`{name}` of {output} is no text")),
            (None, _) => return Err(format!("`{name}` is no member of {output}")),
        }
    }
    Ok(out)
}

/// Whether a text is a JSON pointer; the empty one points at the whole.
fn pointer(text: &str) -> bool {
    text.is_empty() || (text.starts_with('/') && Path::parse(text).to_string() == text)
}
