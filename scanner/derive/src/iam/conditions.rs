//! What a statement's conditions mean for one principal.

use crate::policy::{Condition, Operator, Quantifier, Statement, pattern};

/// Whether a statement applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Applies {
    /// Never, for this principal and this use.
    Never,
    /// It depends on something that is not evaluated: a tag, a boundary that must be set.
    Perhaps,
    /// In some circumstances that the principal can be in: with MFA, from some network.
    Sometimes,
    /// Always.
    Always,
}

/// What is known of a request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    /// The principal's ARN.
    pub(super) arn: &'a str,
    /// The principal's account.
    pub(super) account: &'a str,
    /// The service to which a role is passed.
    pub(super) passed_to: Option<&'a str>,
}

/// Whether all conditions of a statement can hold.
pub(super) fn applies(s: &Statement, request: &Request<'_>) -> Applies {
    s.conditions.iter().map(|c| one(c, request)).min().unwrap_or(Applies::Always)
}

fn one(c: &Condition, request: &Request<'_>) -> Applies {
    match c.key.as_str() {
        "iam:passedtoservice" => match request.passed_to {
            Some(service) => compare(c, service),
            None => Applies::Perhaps,
        },
        "aws:principalarn" => compare(c, request.arn),
        "aws:principalaccount" | "aws:resourceaccount" | "kms:calleraccount" => {
            compare(c, request.account)
        }
        key if CIRCUMSTANCES.contains(&key) => Applies::Sometimes,
        _ => Applies::Perhaps,
    }
}

/// Keys that say how or whence a request is made, not what it is about: the principal can meet
/// them. `aws:PrincipalOrgID` and its kin hold inside the account.
const CIRCUMSTANCES: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principaltype",
    "aws:requestedregion",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:securetransport",
    "aws:sourceip",
    "aws:sourcearn",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:viaawsservice",
    "aws:vpcsourceip",
    "sts:rolesessionname",
    "sts:sourceidentity",
];

/// Compares a known value; what the operator does not say for sure is `Perhaps`.
fn compare(c: &Condition, value: &str) -> Applies {
    if c.values.iter().any(|v| v.contains("${")) {
        return Applies::Perhaps;
    }
    let hit = |op: Operator| match op {
        Operator::StringEquals => c.values.iter().any(|v| v == value),
        Operator::StringEqualsIgnoreCase => c.values.iter().any(|v| v.eq_ignore_ascii_case(value)),
        _ => c.values.iter().any(|v| pattern::matches(v, value)),
    };
    let holds = match (c.operator.is_match(), c.operator.opposite()) {
        (true, _) => hit(c.operator),
        // With a set of one value `ForAnyValue` and `ForAllValues` mean the same.
        (false, Some(opposite)) => !hit(opposite),
        (false, None) if c.operator == Operator::Null => {
            c.values.iter().any(|v| v.eq_ignore_ascii_case("false"))
        }
        (false, None) => return Applies::Perhaps,
    };
    if holds { Applies::Always } else { Applies::Never }
}

/// Whether the statement only applies where the caller has signed in with MFA. `BoolIfExists` does
/// not: a request with long-term keys does not carry the key at all.
pub(super) fn needs_mfa(s: &Statement) -> bool {
    s.conditions.iter().any(|c| {
        !c.if_exists
            && c.quantifier != Some(Quantifier::All)
            && match (c.key.as_str(), c.operator) {
                ("aws:multifactorauthpresent", Operator::Bool | Operator::StringEquals) => {
                    c.values.iter().all(|v| v.eq_ignore_ascii_case("true"))
                }
                (
                    "aws:multifactorauthage",
                    Operator::NumericLessThan | Operator::NumericLessThanEquals,
                ) => true,
                ("aws:multifactorauthage", Operator::Null) => {
                    c.values.iter().all(|v| v.eq_ignore_ascii_case("false"))
                }
                _ => false,
            }
    })
}

/// Whether the statement applies wherever the caller has not signed in with MFA: the counterpart
/// of [`needs_mfa`] in a `Deny`.
pub(super) fn without_mfa(s: &Statement) -> bool {
    !s.conditions.is_empty()
        && s.conditions.iter().all(|c| c.quantifier != Some(Quantifier::Any))
        && s.conditions.iter().all(|c| match (c.key.as_str(), c.operator) {
            ("aws:multifactorauthpresent", Operator::Bool) => {
                c.if_exists && c.values.iter().all(|v| v.eq_ignore_ascii_case("false"))
            }
            ("aws:multifactorauthpresent", Operator::StringNotEquals) => {
                c.values.iter().all(|v| v.eq_ignore_ascii_case("true"))
            }
            ("aws:multifactorauthpresent" | "aws:multifactorauthage", Operator::Null) => {
                c.values.iter().all(|v| v.eq_ignore_ascii_case("true"))
            }
            _ => false,
        })
}
