//! The grammar of a policy document.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::PolicyError;
use super::condition::{self, Condition};
use super::pattern;
use super::principal::Principals;

/// What a statement does where it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It grants.
    Allow,
    /// It refuses, whatever others grant.
    Deny,
}

/// Patterns that are named (`Action`), or all but those that are named (`NotAction`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Selector {
    /// True for the `Not…` form.
    pub not: bool,
    /// The patterns, in the order of the document.
    pub patterns: Vec<String>,
}

impl Selector {
    /// Whether everything that the pattern matches is selected.
    #[must_use]
    pub fn covers(&self, what: &str) -> bool {
        if self.not {
            !pattern::any_intersects(&self.patterns, what)
        } else {
            pattern::any_covers(&self.patterns, what)
        }
    }

    /// Whether something that the pattern matches is selected.
    #[must_use]
    pub fn intersects(&self, what: &str) -> bool {
        if self.not {
            !pattern::any_covers(&self.patterns, what)
        } else {
            pattern::any_intersects(&self.patterns, what)
        }
    }

    /// Whether everything that `other` selects is selected here. Sound, not complete: an inverted
    /// selection is only ever found inside `*` or inside a shorter exception list.
    #[must_use]
    pub fn covers_selector(&self, other: &Self) -> bool {
        match (self.not, other.not) {
            (_, false) => other.patterns.iter().all(|p| self.covers(p)),
            (false, true) => self.patterns.iter().any(|p| pattern::covers(p, "*")),
            // All but A ⊇ all but B, if B ⊇ A.
            (true, true) => self.patterns.iter().all(|p| pattern::any_covers(&other.patterns, p)),
        }
    }

    /// Whether everything is selected.
    #[must_use]
    pub fn everything(&self) -> bool {
        !self.not && pattern::any_covers(&self.patterns, "*")
    }
}

/// One statement, normalised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Pointer into the document (`/Statement/2`, or `/Statement` where it is a single object).
    pub at: String,
    /// The label.
    pub sid: Option<String>,
    /// Whether it grants or refuses.
    pub effect: Effect,
    /// Actions, in lower case.
    pub actions: Selector,
    /// Resources; `None` in trust policies, whose resource is the role itself.
    pub resources: Option<Selector>,
    /// Principals; `None` in policies of identities, and where `not_principals` is set.
    pub principals: Option<Principals>,
    /// Everyone but these.
    pub not_principals: Option<Principals>,
    /// All must hold.
    pub conditions: Vec<Condition>,
}

impl Statement {
    /// Eight hexadecimal digits over the meaning: the same for another order of keys or list
    /// members, a string for a list of one, another letter case of actions, another label. Worked
    /// out anew each time: most statements are never named.
    #[must_use]
    pub fn digest(&self) -> String {
        digest(self)
    }

    /// Whether the resource element, if any, selects every resource.
    #[must_use]
    pub fn all_resources(&self) -> bool {
        // Every ARN of AWS, whatever the spelling (`arn:aws:*`).
        self.resources.as_ref().is_none_or(|r| r.everything() || r.covers("arn:aws:*:*:*:*"))
    }

    /// Whether the statement may apply to the resource (a text or a pattern).
    #[must_use]
    pub fn touches_resource(&self, resource: &str) -> bool {
        self.resources.as_ref().is_none_or(|r| r.intersects(resource))
    }
}

const ELEMENTS: &[&str] = &[
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
];

/// Normalises a document.
///
/// # Errors
/// A document that does not follow the grammar: a rule must not judge what it cannot read.
pub fn statements(document: &Value) -> Result<Vec<Statement>, PolicyError> {
    let root = object(document, "", &["Version", "Id", "Statement"])?;
    match root.get("Statement") {
        Some(Value::Array(list)) => {
            list.iter().enumerate().map(|(i, s)| statement(s, &format!("/Statement/{i}"))).collect()
        }
        Some(one @ Value::Object(_)) => Ok(vec![statement(one, "/Statement")?]),
        _ => Err(PolicyError::Type {
            at: "/Statement".to_owned(),
            want: "a statement or a list of statements",
        }),
    }
}

fn statement(value: &Value, at: &str) -> Result<Statement, PolicyError> {
    let s = object(value, at, ELEMENTS)?;
    let sid = match s.get("Sid") {
        None | Some(Value::Null) => None,
        Some(Value::String(s)) => Some(s.clone()),
        Some(_) => return Err(wrong(at, "/Sid", "a text")),
    };
    let effect = match s.get("Effect").and_then(|v| v.as_str()) {
        Some(e) if e.eq_ignore_ascii_case("Allow") => Effect::Allow,
        Some(e) if e.eq_ignore_ascii_case("Deny") => Effect::Deny,
        _ => return Err(wrong(at, "/Effect", "`Allow` or `Deny`")),
    };
    let mut actions = selector(&s, at, "Action", "NotAction")?
        .ok_or_else(|| PolicyError::OneOf { at: at.to_owned(), want: "Action and NotAction" })?;
    for a in &mut actions.patterns {
        a.make_ascii_lowercase();
        // Every action has a service.
        if a == "*:*" {
            "*".clone_into(a);
        }
    }
    let resources = selector(&s, at, "Resource", "NotResource")?;
    let (yes, no) = (s.get("Principal"), s.get("NotPrincipal"));
    if yes.is_some() && no.is_some() {
        return Err(PolicyError::OneOf { at: at.to_owned(), want: "Principal and NotPrincipal" });
    }
    let principals = yes.map(|v| Principals::parse(v, &format!("{at}/Principal"))).transpose()?;
    let not_principals =
        no.map(|v| Principals::parse(v, &format!("{at}/NotPrincipal"))).transpose()?;
    let conditions = match s.get("Condition") {
        None => Vec::new(),
        Some(v) => condition::parse(v, &format!("{at}/Condition"))?,
    };
    Ok(Statement {
        at: at.to_owned(),
        sid,
        effect,
        actions,
        resources,
        principals,
        not_principals,
        conditions,
    })
}

/// An object whose members are all known, by their proper names. IAM takes element names in any
/// letter case.
fn object<'a>(
    value: &'a Value,
    at: &str,
    known: &[&'static str],
) -> Result<BTreeMap<&'static str, &'a Value>, PolicyError> {
    let Value::Object(map) = value else {
        return Err(PolicyError::Type { at: or_root(at), want: "an object" });
    };
    let mut out = BTreeMap::new();
    for (key, v) in map {
        let at = format!("{at}/{}", assay_core::path::escape(key));
        let Some(name) = known.iter().find(|k| k.eq_ignore_ascii_case(key)) else {
            return Err(PolicyError::Unknown { at });
        };
        if out.insert(*name, v).is_some() {
            return Err(PolicyError::Unknown { at });
        }
    }
    Ok(out)
}

fn selector(
    s: &BTreeMap<&'static str, &Value>,
    at: &str,
    yes: &'static str,
    no: &'static str,
) -> Result<Option<Selector>, PolicyError> {
    let (name, not, value) = match (s.get(yes), s.get(no)) {
        (None, None) => return Ok(None),
        (Some(v), None) => (yes, false, *v),
        (None, Some(v)) => (no, true, *v),
        (Some(_), Some(_)) => {
            let want =
                if yes == "Action" { "Action and NotAction" } else { "Resource and NotResource" };
            return Err(PolicyError::OneOf { at: at.to_owned(), want });
        }
    };
    let patterns = texts(value)
        .filter(|l| !l.is_empty())
        .ok_or_else(|| wrong(at, &format!("/{name}"), "a text or a list of texts, not empty"))?;
    Ok(Some(Selector { not, patterns }))
}

/// A text or a list of texts, as a list.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(s) => Some(vec![s.clone()]),
        Value::Array(list) => {
            list.iter().map(|v| v.as_str().map(ToOwned::to_owned)).collect::<Option<Vec<_>>>()
        }
        _ => None,
    }
}

pub(super) fn wrong(at: &str, below: &str, want: &'static str) -> PolicyError {
    PolicyError::Type { at: format!("{at}{below}"), want }
}

fn or_root(at: &str) -> String {
    if at.is_empty() { "the root".to_owned() } else { at.to_owned() }
}

/// What a digest is taken of, as JSON. Members are in the order of their names.
#[derive(Serialize)]
struct Meaning<'s> {
    actions: (bool, BTreeSet<&'s str>),
    allow: bool,
    conditions: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_principals: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principals: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<(bool, BTreeSet<&'s str>)>,
}

/// See [`Statement::digest`].
fn digest(s: &Statement) -> String {
    fn sorted(s: &Selector) -> (bool, BTreeSet<&str>) {
        (s.not, s.patterns.iter().map(String::as_str).collect())
    }
    let meaning = Meaning {
        actions: sorted(&s.actions),
        allow: s.effect == Effect::Allow,
        conditions: s.conditions.iter().map(|c| c.canonical().to_string()).collect(),
        not_principals: s.not_principals.as_ref().map(Principals::json),
        principals: s.principals.as_ref().map(Principals::json),
        resources: s.resources.as_ref().map(sorted),
    };
    // Texts, flags and lists always serialise.
    let text = serde_json::to_vec(&meaning).unwrap_or_default();
    let mut hex = assay_core::identity::sha256(&text);
    hex.truncate(8);
    hex
}
