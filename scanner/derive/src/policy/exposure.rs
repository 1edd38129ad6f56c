//! Whom a resource policy lets in from outside.
//!
//! A statement is *public* if it allows everyone and nothing narrows everyone to principals,
//! accounts, organisations, networks or services that the policy names. What narrows follows AWS's
//! own meaning of a public bucket policy
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>):
//! fixed values of certain keys, compared by an operator that fails where the key is missing.
//! Deliberate differences, all judged by what a request can really do:
//!
//! - an ARN may hold wildcards if its account (or, without an account, its whole name) is fixed;
//! - `${aws:ResourceAccount}` and `${aws:ResourceOrgID}` are the owner's own fixed values;
//! - a `Deny` for everyone outside some fixed values narrows like an `Allow` inside them;
//! - `kms:ViaService` and `aws:VpcSourceIp` do not narrow: everyone has services and private
//!   addresses.

use std::collections::BTreeSet;

use super::condition::{Condition, Operator, Quantifier};
use super::document::{Effect, Selector, Statement};
use super::pattern;
use super::principal::{account_of, arn_account, is_account};

/// Whom one statement lets in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exposure {
    /// It allows everyone, before conditions.
    pub anyone: bool,
    /// It allows everyone, and nothing narrows that.
    pub public: bool,
    /// The condition keys that narrow, of this statement and of the `Deny` statements that apply.
    pub narrowed_by: BTreeSet<String>,
    /// Account ids that it lets in and that are not the owner's: those of the principals, and for
    /// everyone those that the conditions name.
    pub external_accounts: BTreeSet<String>,
}

/// Judges each statement of a document, in order. `owner` is the account of the resource.
#[must_use]
pub fn exposures(statements: &[Statement], owner: &str) -> Vec<Exposure> {
    statements.iter().map(|s| exposure(s, statements, owner)).collect()
}

fn exposure(s: &Statement, all: &[Statement], owner: &str) -> Exposure {
    let mut out = Exposure::default();
    if s.effect == Effect::Deny {
        return out;
    }
    // `NotPrincipal` with `Allow` is everyone but a few.
    out.anyone = s.not_principals.is_some() || s.principals.as_ref().is_some_and(|p| p.any);
    out.narrowed_by = s
        .conditions
        .iter()
        .filter(|c| narrows(c, c.operator) && (!c.holds_without_key() || key_is_required(s, c)))
        .map(|c| c.key.clone())
        .collect();
    if let Some(p) = &s.principals {
        out.external_accounts = p.accounts();
    }
    if out.anyone {
        for c in &s.conditions {
            if out.narrowed_by.contains(&c.key) && c.operator.is_match() {
                out.external_accounts
                    .extend(c.values.iter().filter_map(|v| account_of(v)).map(ToOwned::to_owned));
            }
        }
    }
    out.external_accounts.remove(owner);
    out.public = out.anyone && out.narrowed_by.is_empty();
    if out.public {
        for d in all {
            if let Some(keys) = denies_everyone_else(d, s) {
                out.public = false;
                out.narrowed_by.extend(keys);
            }
        }
    }
    out
}

/// Whether S3's own published meaning of a public policy holds a statement for everybody closed:
/// one of the conditions that it counts has fixed values only, without any wildcard (but for the
/// name of an access point).
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>
#[must_use]
pub fn fixed_for_s3(s: &Statement) -> bool {
    const KEYS: [&str; 11] = [
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
    ];
    s.conditions.iter().any(|c| {
        let plain = |v: &String| {
            c.key == "s3:dataaccesspointarn" || !pattern::has_wildcard(v) && !v.contains("${")
        };
        !c.holds_without_key()
            && !c.values.is_empty()
            && narrows(c, c.operator)
            && (c.key == "aws:sourceip"
                || KEYS.contains(&c.key.as_str()) && c.values.iter().all(plain))
    })
}

/// `Null: {key: false}` beside a condition that holds without its key makes the key required.
fn key_is_required(s: &Statement, c: &Condition) -> bool {
    c.operator.is_match()
        && s.conditions.iter().any(|n| {
            n.operator == Operator::Null
                && n.key == c.key
                && !n.values.is_empty()
                && n.values.iter().all(|v| v.eq_ignore_ascii_case("false"))
        })
}

/// The keys by which a `Deny` leaves only fixed values of what `allow` grants; `None` if it does
/// not. No key at all: it leaves nothing, or only the principals that it names.
fn denies_everyone_else(deny: &Statement, allow: &Statement) -> Option<BTreeSet<String>> {
    let everyone = deny.not_principals.as_ref().is_some_and(|p| !p.any)
        || deny.principals.as_ref().is_some_and(|p| p.any);
    let resources = match (&deny.resources, &allow.resources) {
        (None, _) => true,
        (Some(d), Some(a)) => d.covers_selector(a),
        (Some(d), None) => d.everything(),
    };
    if deny.effect != Effect::Deny
        || !everyone
        || !resources
        || !deny.actions.covers_selector(&allow.actions)
    {
        return None;
    }
    // The statement applies where all conditions hold, so each of them must, where it fails, leave
    // only fixed values.
    deny.conditions
        .iter()
        .map(|c| {
            let leaves_fixed = match c.operator.opposite() {
                Some(opposite) => c.quantifier != Some(Quantifier::Any) && narrows(c, opposite),
                None => leaves_services(c),
            };
            leaves_fixed.then(|| c.key.clone())
        })
        .collect()
}

/// `BoolIfExists aws:PrincipalIsAWSService false` denies everyone but AWS's services. Without
/// `IfExists` it lets anonymous requests through, which do not carry the key.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalisawsservice>
fn leaves_services(c: &Condition) -> bool {
    c.operator == Operator::Bool
        && c.if_exists
        && c.key == "aws:principalisawsservice"
        && !c.values.is_empty()
        && c.values.iter().all(|v| v.eq_ignore_ascii_case("false"))
}

/// Whether a condition, read with the given operator, lets only fixed values through.
fn narrows(c: &Condition, operator: Operator) -> bool {
    if operator == Operator::Bool {
        return matches!(
            c.key.as_str(),
            "aws:principalisawsservice" | "elasticfilesystem:accessedviamounttarget"
        ) && !c.values.is_empty()
            && c.values.iter().all(|v| v.eq_ignore_ascii_case("true"));
    }
    if !operator.is_match() {
        return false;
    }
    c.values.iter().all(|v| fixed(&c.key, v))
}

/// Whether a value of a key stands for known principals, accounts, organisations or networks. A
/// wildcard is none, whatever the operator.
fn fixed(key: &str, value: &str) -> bool {
    let own = |name: &str| value.eq_ignore_ascii_case(name);
    let plain = |v: &str| !v.is_empty() && !pattern::has_wildcard(v) && !v.contains("${");
    match key {
        "aws:sourceaccount"
        | "aws:principalaccount"
        | "aws:sourceowner"
        | "aws:vpceaccount"
        | "kms:calleraccount"
        | "s3:dataaccesspointaccount" => plain(value) || own("${aws:ResourceAccount}"),
        "aws:principalorgid" | "aws:sourceorgid" | "aws:vpceorgid" => {
            plain(value) || own("${aws:ResourceOrgID}")
        }
        "aws:principalorgpaths" | "aws:sourceorgpaths" | "aws:vpceorgpaths" => {
            value.split_once('/').is_some_and(|(org, _)| plain(org))
        }
        "aws:sourcearn" | "aws:principalarn" | "s3:dataaccesspointarn" => fixed_arn(value),
        "aws:sourcevpce"
        | "aws:sourcevpc"
        | "aws:principalservicename"
        | "aws:principalservicenameslist"
        | "sts:externalid" => plain(value),
        // `AROA…:*`: every session of one role.
        "aws:userid" => plain(value.strip_suffix(":*").unwrap_or(value)),
        "aws:sourceip" => narrow_network(value),
        _ => false,
    }
}

fn fixed_arn(value: &str) -> bool {
    let plain = |v: &str| !v.is_empty() && !pattern::has_wildcard(v) && !v.contains("${");
    match arn_account(value) {
        // Without an account the name itself is unique: a bucket, or something below it.
        Some("") => {
            let name = value.splitn(6, ':').nth(5).unwrap_or_default();
            plain(name.split('/').next().unwrap_or_default())
        }
        Some(account) => {
            account.eq_ignore_ascii_case("${aws:ResourceAccount}")
                || is_account(account)
                || plain(account)
        }
        None => false,
    }
}

/// AWS: a range is too wide from /7 (IPv4) or /31 (IPv6) up.
fn narrow_network(value: &str) -> bool {
    if value.parse::<std::net::IpAddr>().is_ok() {
        return true;
    }
    match value.parse::<ipnet::IpNet>() {
        Ok(ipnet::IpNet::V4(n)) => n.prefix_len() >= 8,
        Ok(ipnet::IpNet::V6(n)) => n.prefix_len() >= 32,
        Err(_) => false,
    }
}

/// Whether a selector selects every action of a service: `*`, `svc:*` or `NotAction` without any
/// of the service.
#[must_use]
pub fn all_of_service(actions: &Selector, service: &str) -> bool {
    actions.covers(&format!("{service}:*"))
}
