//! Which sensitive actions a group's policies allow without MFA.

use std::collections::BTreeMap;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::access::Access;
use super::conditions::{needs_mfa, without_mfa};
use super::principal::{Bundle, Prepared};
use crate::World;

/// Actions whose misuse gives away the account, destroys data or blinds the owner.
pub(super) const SENSITIVE: [&str; 14] = [
    "cloudtrail:deletetrail",
    "cloudtrail:stoplogging",
    "ec2:terminateinstances",
    "iam:attachrolepolicy",
    "iam:attachuserpolicy",
    "iam:createaccesskey",
    "iam:createpolicyversion",
    "iam:createuser",
    "iam:passrole",
    "iam:putrolepolicy",
    "iam:putuserpolicy",
    "kms:schedulekeydeletion",
    "rds:deletedbinstance",
    "s3:deletebucket",
];

/// The facet `mfa` of a group.
pub(super) fn derive(doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
    let access = Access::of(world);
    let (policies, _) = access.library.own(doc)?;
    let mut bundle = Bundle::default();
    policies.iter().for_each(|p| bundle.add(p));
    let mut sensitive = Vec::new();
    let mut open: BTreeMap<(String, String), Vec<&str>> = BTreeMap::new();
    for action in SENSITIVE {
        let bit = super::principal::probe(action);
        for s in bundle.allow.iter().filter(|s| s.probes & bit != 0) {
            // One's own key or password, as self-service policies allow it, is not sensitive.
            if own(s) {
                continue;
            }
            sensitive.push(action);
            let closed = needs_mfa(&s.statement)
                || bundle.deny.iter().any(|d| {
                    d.probes & bit != 0
                        && (d.statement.conditions.is_empty() || without_mfa(&d.statement))
                        && match (&d.statement.resources, &s.statement.resources) {
                            (Some(d), Some(a)) => d.covers_selector(a),
                            (d, _) => d.is_none(),
                        }
                });
            if !closed {
                open.entry((s.policy.clone(), s.digest().to_owned())).or_default().push(action);
            }
        }
    }
    sensitive.dedup();
    let open: Vec<Value> = open
        .into_iter()
        .map(|((policy, key), actions)| json!({"key": key, "policy": policy, "actions": actions}))
        .collect();
    let name = doc.properties.get("GroupName").and_then(Value::as_str).unwrap_or(&doc.name);
    Ok(json!({
        "members": Access::members(world, name),
        "sensitive": sensitive,
        "unprotected": open,
    }))
}

fn own(s: &Prepared) -> bool {
    s.statement.resources.as_ref().is_some_and(|r| {
        !r.not && r.patterns.iter().all(|p| p.to_ascii_lowercase().contains("${aws:username}"))
    })
}
