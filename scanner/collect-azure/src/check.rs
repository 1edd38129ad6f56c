//! Whether an identity may do what is declared, tried before a scan.
//!
//! What it may ask of Resource Manager is read from its effective permissions in each subscription
//! (deny assignments are not among them). Microsoft Graph has no such list: every operation that
//! needs no object is tried, the others are looked up in the token.

use std::collections::BTreeSet;
use std::sync::Arc;

use azure_core::http::Url;
use serde_json::Value;

use crate::client::Client;
use crate::credential::{self, Access, Who};
use crate::policy::Trace;
use crate::problem::Problem;
use crate::{Api, AzurePlan, CollectError, Operation, Service, discover, permissions, services};

/// The effective permissions of the caller. The role names its action too.
pub(crate) static PERMISSIONS: Operation = Operation::arm(
    "Microsoft.Authorization:permissions/read",
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/permissions",
    "2022-04-01",
);

/// Pages of the list of subscriptions at most.
const PAGES: usize = 100;

/// What the trial found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Who asked, with the source of the credentials.
    pub caller: String,
    /// Each subscription with the actions that are missing there, or why that is not known.
    pub subscriptions: Vec<(String, Result<BTreeSet<String>, String>)>,
    /// Operations of Microsoft Graph that do not work, with the permissions of which one is enough
    /// and what was said.
    pub graph: Vec<Refused>,
    /// How many operations of Microsoft Graph were tried or looked up.
    pub graph_checked: usize,
}

/// An operation that does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The operation.
    pub operation: &'static str,
    /// Application permissions, of which one is enough.
    pub needs: &'static [&'static str],
    /// What was said.
    pub detail: String,
}

impl Checked {
    /// Whether nothing is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.graph.is_empty()
            && self.subscriptions.iter().all(|(_, m)| m.as_ref().is_ok_and(BTreeSet::is_empty))
    }
}

/// Tries what the plan's services declare.
///
/// # Errors
/// There are no usable credentials, or no subscription can be read.
pub async fn check(plan: &AzurePlan, access: &Access) -> Result<Checked, CollectError> {
    let all = services();
    let wanted: Vec<&'static Service> = all.into_iter().filter(|s| plan.wants(s.name)).collect();
    check_services(&wanted, plan, access).await
}

pub(crate) async fn check_services(
    wanted: &[&'static Service],
    plan: &AzurePlan,
    access: &Access,
) -> Result<Checked, CollectError> {
    let who = credential::choose(plan, access).await?;
    let caller = who.who.say(who.name);
    let secrets = who.secrets.clone();
    let client = Client::new(plan.cloud, &access.http, &who.credential, secrets, access.first_wait);
    let needed = permissions::actions(wanted);
    let mut subscriptions = Vec::new();
    for id in subscription_ids(&client, plan, &caller).await? {
        let own = pages(&client, &PERMISSIONS, &[("subscription", &id)]).await;
        let missing = own.map_err(|p| format!("{}: {}", p.code, p.detail)).map(|entries| {
            needed.iter().filter(|a| !allows(&entries, a)).cloned().collect::<BTreeSet<_>>()
        });
        subscriptions.push((id, missing));
    }
    let scope = plan.cloud.scope(Api::Graph);
    let token = who.credential.get_token(&[&scope], None).await;
    let granted = token.map(|t| Who::roles(t.token.secret())).unwrap_or_default();
    let mut graph = Vec::new();
    let mut seen = BTreeSet::new();
    for operation in permissions::operations(wanted).filter(|o| o.api == Api::Graph) {
        if !seen.insert((operation.name, operation.path)) {
            continue;
        }
        let refused = if operation.path.contains('{') {
            let some = operation.needs.iter().any(|n| granted.contains(*n));
            (!some).then(|| "not tried; the token does not grant it".to_owned())
        } else {
            let trial = one(&client, operation, &[]).await;
            trial.err().map(|p| format!("{}: {}", p.code, p.detail))
        };
        graph.extend(refused.map(|detail| Refused {
            operation: operation.name,
            needs: operation.needs,
            detail,
        }));
    }
    Ok(Checked { caller, subscriptions, graph, graph_checked: seen.len() })
}

/// The plan's subscriptions, else all that can be read.
async fn subscription_ids(
    client: &Client,
    plan: &AzurePlan,
    caller: &str,
) -> Result<Vec<String>, CollectError> {
    if !plan.subscriptions.is_empty() {
        return Ok(plan.subscriptions.iter().map(|s| s.to_lowercase()).collect());
    }
    let host = plan.cloud.host(Api::Arm);
    let all = pages(client, &discover::SUBSCRIPTIONS, &[]).await.map_err(|p| {
        let detail = format!("{}: {}", p.code, p.detail);
        CollectError::Unreachable { host, detail }
    })?;
    let id = |v: &Value| v.get("subscriptionId")?.as_str().map(str::to_lowercase);
    let ids: Vec<String> = all.iter().filter_map(id).collect();
    if ids.is_empty() { Err(CollectError::NoSubscription(caller.to_owned())) } else { Ok(ids) }
}

async fn one(
    client: &Client,
    operation: &'static Operation,
    params: &[(&str, &str)],
) -> Result<Value, Problem> {
    let url = operation.url(client.cloud(), params).map_err(|why| Problem::malformed(&why))?;
    client.send(&Trace::new(operation), url, None).await
}

async fn pages(
    client: &Client,
    operation: &'static Operation,
    params: &[(&str, &str)],
) -> Result<Vec<Value>, Problem> {
    let trace: Arc<Trace> = Trace::new(operation);
    let mut all = Vec::new();
    let mut url = operation.url(client.cloud(), params).map_err(|why| Problem::malformed(&why))?;
    for _ in 0..PAGES {
        let mut page = client.send(&trace, url, None).await?;
        match page.get_mut("value").map(Value::take) {
            Some(Value::Array(value)) => all.extend(value),
            _ => return Err(Problem::malformed("the page has no list `value`")),
        }
        let Some(next) = page.get("nextLink").and_then(Value::as_str) else { return Ok(all) };
        // The guard looks at it before it is sent.
        url = Url::parse(next).map_err(|_| Problem::malformed("the next page has no address"))?;
    }
    Ok(all)
}

/// Whether a role assignment of the list allows an action: none takes away what another gives.
fn allows(entries: &[Value], action: &str) -> bool {
    let any = |entry: &Value, key: &str| {
        let all = entry.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(Value::as_str).any(|pattern| fits(pattern, action))
    };
    entries.iter().any(|e| any(e, "actions") && !any(e, "notActions"))
}

/// Whether a pattern with `*` fits an action, in any case.
fn fits(pattern: &str, action: &str) -> bool {
    let (pattern, action) = (pattern.to_ascii_lowercase(), action.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| action.strip_prefix(first)) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || action.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_fit_as_azure_reads_them() {
        const READ: &str = "Microsoft.KeyVault/vaults/keys/read";
        for (pattern, wanted) in [
            ("*", true),
            ("*/read", true),
            ("Microsoft.KeyVault/*", true),
            ("microsoft.keyvault/vaults/*/READ", true),
            (READ, true),
            ("Microsoft.KeyVault/vaults/read", false),
            ("*/write", false),
            ("Microsoft.KeyVault/vaults/keys/read/x", false),
            ("", false),
        ] {
            assert_eq!(fits(pattern, READ), wanted, "{pattern}");
        }
    }

    #[test]
    fn one_assignment_does_not_take_what_another_gives() {
        let without = json!({"actions": ["*/read"], "notActions": ["Microsoft.X/*"]});
        let with = json!({"actions": ["Microsoft.X/y/read"], "notActions": []});
        assert!(!allows(std::slice::from_ref(&without), "Microsoft.X/y/read"));
        assert!(allows(&[without.clone(), with], "Microsoft.X/y/read"));
        assert!(allows(&[without], "Microsoft.Z/y/read"));
        assert!(!allows(&[], "Microsoft.Z/y/read"));
    }
}
