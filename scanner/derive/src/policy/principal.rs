//! Whom a statement speaks of.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::PolicyError;
use super::document::texts;

/// The principals of a statement, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Principals {
    /// Everyone: `"*"`, `{"AWS": "*"}`, or an ARN whose account is a wildcard.
    pub any: bool,
    /// Account ids, ARNs, and the ids of deleted principals, as written, without those that mean
    /// everyone.
    pub aws: BTreeSet<String>,
    /// Service names, in lower case.
    pub service: BTreeSet<String>,
    /// ARNs of SAML and OIDC providers, or the names of built-in ones.
    pub federated: BTreeSet<String>,
    /// Canonical user ids of S3.
    pub canonical_user: BTreeSet<String>,
}

impl Principals {
    /// Reads a `Principal` or `NotPrincipal` element.
    pub(super) fn parse(value: &Value, at: &str) -> Result<Self, PolicyError> {
        let mut out = Self::default();
        let map = match value {
            Value::String(s) if s == "*" => {
                out.any = true;
                return Ok(out);
            }
            Value::Object(map) if !map.is_empty() => map,
            _ => {
                return Err(PolicyError::Type {
                    at: at.to_owned(),
                    want: "`*` or an object of principals",
                });
            }
        };
        for (kind, value) in map {
            let here = || format!("{at}/{}", assay_core::path::escape(kind));
            let names = match value {
                // An account id that was written as a number.
                Value::Number(n) if n.is_u64() => vec![format!("{:0>12}", n.to_string())],
                _ => texts(value).ok_or_else(|| PolicyError::Type {
                    at: here(),
                    want: "a text or a list of texts",
                })?,
            };
            match kind.to_ascii_lowercase().as_str() {
                "aws" => names.into_iter().for_each(|n| out.aws(n)),
                "service" => {
                    out.service.extend(names.into_iter().map(|n| n.to_ascii_lowercase()));
                }
                "federated" => out.federated.extend(names),
                "canonicaluser" => out.canonical_user.extend(names),
                "*" if names.iter().all(|n| n == "*") => out.any = true,
                _ => return Err(PolicyError::Unknown { at: here() }),
            }
        }
        Ok(out)
    }

    fn aws(&mut self, name: String) {
        let wild = match arn_account(&name) {
            Some(account) => account.contains(['*', '?']),
            None => name.contains(['*', '?']),
        };
        if wild {
            self.any = true;
        } else {
            self.aws.insert(name);
        }
    }

    /// The 12-digit account ids that are named, as such or inside an ARN.
    #[must_use]
    pub fn accounts(&self) -> BTreeSet<String> {
        self.aws.iter().filter_map(|p| account_of(p)).map(ToOwned::to_owned).collect()
    }

    /// The shape that rules see.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "any": self.any,
            "aws": self.aws,
            "service": self.service,
            "federated": self.federated,
            "canonical_user": self.canonical_user,
        })
    }
}

/// The account of an ARN: its fifth part, possibly empty. `None` for what is not an ARN.
#[must_use]
pub fn arn_account(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let head = parts.next()?;
    let account = parts.nth(3)?;
    (head == "arn" && parts.next().is_some()).then_some(account)
}

/// The 12-digit account id that a principal names: an id, or the account of an ARN.
#[must_use]
pub fn account_of(principal: &str) -> Option<&str> {
    let account = arn_account(principal).unwrap_or(principal);
    is_account(account).then_some(account)
}

/// Whether a text is an account id: twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}
