//! Role assignments and definitions of Resource Manager.
//!
//! A subscription answers with what is assigned at its scope, above it (management groups, the
//! root) and below it. So an inherited assignment comes from every subscription: it is written once,
//! as a document of the tenant, and the listing is complete only if every subscription answered.

use std::collections::BTreeSet;

use assay_collect::{Called, Draft};
use serde_json::Value;

use super::{ASSIGNMENTS, DEFINITIONS};
use crate::services::row;
use crate::{Cx, Operation};

const INSTANCE: &str = "roleAssignmentScheduleInstance";
/// Subscriptions that are read at the same time.
const READS: usize = 8;
const NO_LICENCE: &str = "AadPremiumLicenseRequired";

pub(crate) static ASSIGNED: Operation = Operation::arm(
    "Microsoft.Authorization:roleAssignments/read",
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignments",
    "2022-04-01",
);
pub(crate) static DEFINED: Operation = Operation::arm(
    "Microsoft.Authorization:roleDefinitions/read",
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions",
    "2022-04-01",
);
pub(crate) static CUSTOM: Operation = Operation::arm(
    "Microsoft.Authorization:roleDefinitions/read",
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions?$filter=type eq 'CustomRole'",
    "2022-04-01",
);
pub(crate) static INSTANCES: Operation = Operation::arm(
    "Microsoft.Authorization:roleAssignmentScheduleInstances/read",
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/roleAssignmentScheduleInstances",
    "2020-10-01",
);

/// Collects both, and gives the object ids of the groups that hold a role, in lower case.
pub(super) async fn collect(cx: &Cx) -> BTreeSet<String> {
    definitions(cx).await;
    assignments(cx).await
}

/// Role definitions. Those that Azure brings along are the same everywhere: after one subscription
/// gave them, the others are asked for their own only.
async fn definitions(cx: &Cx) {
    let mut listing = cx.listing(DEFINITIONS);
    let mut seen = BTreeSet::new();
    let mut whole = false;
    for subscription in cx.subscriptions() {
        let here = cx.at(subscription);
        let list = if whole { &CUSTOM } else { &DEFINED };
        let Some(page) = listing.page(here.list(list, &[]).await) else { continue };
        whole = true;
        for row in &page.answer {
            match definition(cx, row, &page.id) {
                Some(draft) if seen.insert(draft.id().to_owned()) => cx.put(draft).await,
                Some(_) => {}
                None => listing.stop_malformed("a role without a name", &page.id),
            }
        }
    }
    listing.complete();
}

/// A definition has the id of its subscription or of none, by where it was asked for: its GUID tells
/// it from others.
fn definition(cx: &Cx, row: &Value, call: &str) -> Option<Draft> {
    let def = cx.type_def(DEFINITIONS)?;
    let guid = row.get("name")?.as_str().filter(|n| !n.is_empty())?.to_ascii_lowercase();
    let id = format!("/providers/{DEFINITIONS}/{guid}");
    let title = row.get("properties").and_then(|p| p.get("roleName")).and_then(Value::as_str);
    let mut draft = cx.resource(DEFINITIONS, id, title.unwrap_or(&guid));
    row::fill(&mut draft, def, row, &[], call, &|id| cx.canonical(id));
    Some(draft)
}

async fn assignments(cx: &Cx) -> BTreeSet<String> {
    let mut listing = cx.listing(ASSIGNMENTS);
    let (mut seen, mut groups) = (BTreeSet::new(), BTreeSet::new());
    for some in cx.subscriptions().chunks(READS) {
        let reads = some.iter().map(|subscription| of_subscription(cx.at(subscription)));
        for (listed, instances) in cx.bounded(reads, READS).await {
            let Some(page) = listing.page(listed) else { continue };
            for row in &page.answer {
                let Some(draft) = assignment(cx, row, &page.id, &instances) else {
                    listing.stop_malformed("an assignment without an id", &page.id);
                    continue;
                };
                if seen.insert(draft.id().to_owned()) {
                    groups.extend(group(row));
                    cx.put(draft).await;
                }
            }
        }
    }
    listing.complete();
    groups
}

type Instances = Called<Option<Vec<Value>>>;

async fn of_subscription(cx: Cx) -> (Called<Vec<Value>>, Instances) {
    let (listed, instances) =
        futures_util::join!(cx.list(&ASSIGNED, &[]), cx.list(&INSTANCES, &[]));
    (listed, instances.or_absent(&[NO_LICENCE]))
}

fn assignment(cx: &Cx, row: &Value, call: &str, instances: &Instances) -> Option<Draft> {
    let def = cx.type_def(ASSIGNMENTS)?;
    let id = cx.canonical(row.get("id")?.as_str().filter(|id| id.starts_with('/'))?);
    let name = row.get("name").and_then(Value::as_str).unwrap_or(&id).to_owned();
    let mut draft = cx.resource(ASSIGNMENTS, &id, name);
    let ids = |id: &str| cx.canonical(id);
    row::fill(&mut draft, def, row, &[INSTANCE], call, &ids);
    if let Some(facet) = def.facets.get(INSTANCE) {
        let own = |rows: &Option<Vec<Value>>| {
            let mut rows = rows.iter().flatten();
            match rows.find(|row| origin(row).is_some_and(|o| cx.canonical(o) == id)) {
                Some(row) => row::child(Some(&facet.shape), row, &ids),
                None => Some(Value::Null),
            }
        };
        draft.set(INSTANCE, instances.facet(own));
    }
    Some(draft)
}

/// The assignment that an instance of a schedule stands for.
fn origin(row: &Value) -> Option<&str> {
    row.get("properties")?.get("originRoleAssignmentId")?.as_str()
}

/// The group that an assignment names.
fn group(row: &Value) -> Option<String> {
    let inner = row.get("properties")?;
    let kind = inner.get("principalType")?.as_str()?;
    let id = inner.get("principalId")?.as_str()?;
    kind.to_ascii_lowercase().ends_with("group").then(|| id.to_ascii_lowercase())
}
