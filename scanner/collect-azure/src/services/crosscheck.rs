//! Resource Graph beside ARM: does the graph know of resources that a list did not bring?
//!
//! One query counts every type in every subscription. Only where it counts more than ARM listed are
//! the ids of that type read from the graph, and each one that is missing is asked for from ARM:
//! it is there (then the list lacked it, and its document is written), or ARM says that it is gone
//! (the graph lags), or nobody can say (then the listing is partial). The graph itself proves
//! nothing, so a graph that cannot be asked changes no listing.

use std::collections::{BTreeMap, BTreeSet};

use assay_collect::{Called, ListingGuard};
use assay_core::GapState;
use serde_json::Value;

use crate::{Cx, Operation};

/// Counts what the graph knows, ordered because its pages would else miss some.
const COUNTS: &str = "resources | summarize resources = count() by subscriptionId, type \
                      | order by subscriptionId asc, type asc";
/// How ARM says that a resource or its group is not there.
const GONE: &[&str] = &["ResourceNotFound", "ResourceGroupNotFound", "NotFound"];
/// Missing resources that are asked for at the same time.
const READS: usize = 8;

/// How many resources of each type the graph knows, by subscription and type, both in lower case.
#[derive(Debug, Default)]
pub(crate) struct Inventory {
    counts: BTreeMap<(String, String), u64>,
}

impl Inventory {
    /// Takes the rows of the counting query. A row that does not say what it counts is left out:
    /// the graph proves nothing either way.
    pub(crate) fn of(rows: &[Value]) -> Self {
        let one = |row: &Value| {
            let text = |k: &str| row.get(k).and_then(Value::as_str).map(str::to_ascii_lowercase);
            Some(((text("subscriptionId")?, text("type")?), row.get("resources")?.as_u64()?))
        };
        Self { counts: rows.iter().filter_map(one).collect() }
    }

    /// Resources of a type in a subscription.
    pub(crate) fn count(&self, subscription: &str, kind: &str) -> u64 {
        let key = (subscription.to_ascii_lowercase(), kind.to_ascii_lowercase());
        self.counts.get(&key).copied().unwrap_or(0)
    }
}

/// Counts every type in every subscription in scope. `None`: the graph cannot be asked.
pub(crate) async fn inventory(cx: &Cx) -> Option<Inventory> {
    let subscriptions: Vec<String> = cx.subscriptions().iter().map(|s| s.id.clone()).collect();
    let mut rows = Vec::new();
    let mut skip: Option<String> = None;
    loop {
        let called = cx.resource_graph("counts", COUNTS, &subscriptions, skip.as_deref()).await;
        let page = called.result.ok()?;
        rows.extend(page.rows);
        match page.skip {
            None if page.truncated => return None,
            None => return Some(Inventory::of(&rows)),
            same if same == skip => return None,
            more => skip = more,
        }
    }
}

/// The resources that the graph knows of and a list of ARM lacks, each as ARM itself gives it now,
/// with the call that gave it. Where ARM cannot say, the listing is stopped.
pub(crate) async fn missing(
    cx: &Cx,
    kind: &str,
    one: &'static Operation,
    listed: &BTreeSet<String>,
    listing: &mut ListingGuard,
) -> Vec<(Value, String)> {
    let (Some(inventory), Some(subscription)) = (cx.inventory().await, cx.subscription()) else {
        return Vec::new();
    };
    if inventory.count(subscription, kind) <= listed.len() as u64 {
        return Vec::new();
    }
    let known = known(cx, kind, subscription).await;
    let unlisted: Vec<&String> = known.iter().filter(|id| !listed.contains(*id)).collect();
    let reads = unlisted.iter().map(|id| asked(cx, one, id));
    let mut found = Vec::new();
    for called in cx.bounded(reads, READS).await {
        let called = called.or_absent(GONE);
        match &called.result {
            Ok(Some(row)) => found.push((row.clone(), called.id.clone())),
            Ok(None) => {}
            Err(e) => {
                let mut gap = e.gap();
                gap.state = GapState::Unresolved;
                gap.detail =
                    format!("Resource Graph names one more, ARM does not say: {}", gap.detail);
                listing.stop(gap);
            }
        }
    }
    found
}

async fn asked(cx: &Cx, one: &'static Operation, id: &str) -> Called<Value> {
    let group = id.split('/').skip_while(|s| *s != "resourceGroups").nth(1).unwrap_or_default();
    let name = id.rsplit('/').next().unwrap_or_default();
    cx.get(one, &[("group", group), ("name", name)]).await
}

/// The canonical ids of a type's resources in a subscription, as the graph knows them. What it does
/// not tell proves nothing.
async fn known(cx: &Cx, kind: &str, subscription: &str) -> BTreeSet<String> {
    let query = format!(
        "resources | where type =~ '{}' | project id | order by id asc",
        kind.replace('\'', "")
    );
    let (mut ids, mut skip) = (BTreeSet::new(), None::<String>);
    loop {
        let scope = [subscription.to_owned()];
        let called = cx.resource_graph(kind, &query, &scope, skip.as_deref()).await;
        let Ok(page) = called.result else { return ids };
        let texts = page.rows.iter().filter_map(|r| r.get("id")?.as_str());
        ids.extend(texts.map(|id| cx.canonical(id)));
        match page.skip {
            None => return ids,
            same if same == skip => return ids,
            more => skip = more,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn counts_are_found_whatever_the_case() {
        let rows = [
            json!({"type": "microsoft.keyvault/vaults", "subscriptionId": "AA", "resources": 2}),
            json!({"type": "microsoft.sql/servers", "subscriptionId": "aa"}),
            json!({"type": null, "subscriptionId": "aa", "resources": 1}),
        ];
        let inventory = Inventory::of(&rows);
        assert_eq!(inventory.count("aa", "Microsoft.KeyVault/vaults"), 2);
        assert_eq!(inventory.count("aa", "Microsoft.Sql/servers"), 0);
        assert_eq!(inventory.count("bb", "Microsoft.KeyVault/vaults"), 0);
    }
}
