//! What the facets about access from outside have in common: one entry for each account that a
//! policy lets in.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::policy::{Exposure, Statement, exposures};

/// One way in: who, what tells it from the others, what a person reads, where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Way {
    /// A 12-digit account id, `o-…`, `canonical:…`, or `*` for everybody. Empty where nobody in
    /// particular is meant.
    pub(crate) account: String,
    /// Stable over time.
    pub(crate) key: String,
    /// For a person.
    pub(crate) message: String,
    /// Pointer into the properties.
    pub(crate) at: String,
}

impl Way {
    /// The shape that rules see, with the account.
    pub(crate) fn with_account(&self) -> Value {
        json!({"Account": self.account, "Key": self.key, "Message": self.message, "At": self.at})
    }

    /// The shape that rules see, without the account.
    pub(crate) fn json(&self) -> Value {
        json!({"Key": self.key, "Message": self.message, "At": self.at})
    }
}

/// Keeps one of the ways with the same key, in the order of the keys.
pub(crate) fn unique(ways: impl IntoIterator<Item = Way>) -> Vec<Way> {
    let by_key: BTreeMap<String, Way> = ways.into_iter().map(|w| (w.key.clone(), w)).collect();
    by_key.into_values().collect()
}

/// A statement's name for a person: its label, else its digest.
pub(crate) fn title(s: &Statement) -> String {
    match s.sid.as_deref() {
        Some(sid) if !sid.is_empty() => format!("statement `{sid}`"),
        _ => format!("statement {}", s.digest()),
    }
}

/// Who from outside the owner's account a policy lets in. `base` is the pointer of the document.
///
/// Services, federated identities and the ids of deleted principals name no account. Everybody
/// counts as `*` where nothing narrows it; where organisations narrow it, they count.
pub(crate) fn outsiders(list: &[Statement], owner: &str, base: &str) -> Vec<Way> {
    let mut ways = Vec::new();
    for (s, e) in list.iter().zip(exposures(list, owner)) {
        for account in named(s, &e) {
            let whom = match account.as_str() {
                "*" => "everybody".to_owned(),
                org if org.starts_with("o-") => format!("organisation {org}"),
                user if user.starts_with("canonical:") => format!("user {user}"),
                id => format!("account {id}"),
            };
            ways.push(Way {
                key: format!("{account}/{}", s.digest()),
                message: format!("{} lets in {whom}", title(s)),
                at: format!("{base}{}", s.at),
                account,
            });
        }
    }
    unique(ways)
}

fn named(s: &Statement, e: &Exposure) -> BTreeSet<String> {
    let mut out = e.external_accounts.clone();
    if let Some(p) = s.principals.as_ref().filter(|_| s.effect == crate::policy::Effect::Allow) {
        out.extend(p.canonical_user.iter().map(|u| format!("canonical:{u}")));
    }
    if e.public {
        out.insert("*".to_owned());
    } else if e.anyone {
        for c in s.conditions.iter().filter(|c| e.narrowed_by.contains(&c.key)) {
            if matches!(c.key.as_str(), "aws:principalorgid" | "aws:principalorgpaths") {
                out.extend(
                    c.values
                        .iter()
                        .filter_map(|v| v.split('/').next())
                        .filter(|v| v.starts_with("o-"))
                        .map(ToOwned::to_owned),
                );
            }
        }
    }
    out
}
