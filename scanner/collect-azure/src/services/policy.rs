//! What is laid down for a subscription: the policies that are assigned to it, what is exempt from
//! them, and locks.

use std::collections::BTreeSet;

use assay_collect::{Called, Draft, Facet};
use serde_json::Value;

use super::child::{self, Child, Form};
use super::row;
use crate::{Cx, Operation, Scope, Service};

const SETS: &str = "PolicySetDefinitions";
const SET_STEP: &str = "/providers/Microsoft.Authorization/policySetDefinitions/";

static ASSIGNMENTS: Operation = Operation::arm(
    "Microsoft.Authorization:policyAssignments/read",
    // Without a filter: those of the management groups above, its own, and those inside it.
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/policyAssignments",
    "2023-04-01",
);
static EXEMPTIONS: Operation = Operation::arm(
    "Microsoft.Authorization:policyExemptions/read",
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/policyExemptions",
    "2022-07-01-preview",
);
static LOCKS: Operation = Operation::arm(
    "Microsoft.Authorization:locks/read",
    // Its own, and those of everything in it.
    "/subscriptions/{subscription}/providers/Microsoft.Authorization/locks",
    "2020-05-01",
);
static BUILT_IN_SET: Operation = Operation::arm(
    "Microsoft.Authorization:policySetDefinitions/read",
    "/providers/Microsoft.Authorization/policySetDefinitions/{name}",
    "2023-04-01",
);
static OWN_SET: Operation = Operation::arm(
    "Microsoft.Authorization:policySetDefinitions/read",
    "{id}/providers/Microsoft.Authorization/policySetDefinitions/{name}",
    "2023-04-01",
);

/// Assignments, the initiatives that they name, exemptions, and locks.
pub(super) static SERVICE: Service = Service {
    name: "policy",
    scope: Scope::Subscription,
    operations: &[&ASSIGNMENTS, &EXEMPTIONS, &LOCKS, &BUILT_IN_SET, &OWN_SET],
    types: &[],
    collect: |cx| Box::pin(collect(cx)),
};

static SUBSCRIPTION: [Child; 3] = [
    Child::new(&["PolicyAssignments"], &ASSIGNMENTS, Form::Many),
    Child::new(&["PolicyExemptions"], &EXEMPTIONS, Form::Many),
    Child::new(&["Locks"], &LOCKS, Form::Many),
];

async fn collect(cx: Cx) {
    let mut own = child::read(&cx, &SUBSCRIPTION, cx.subscription_document()).await;
    sets(&cx, &mut own).await;
    cx.fold(own).await;
}

/// Reads the initiatives that the assignments name. All of them or none: one that is unknown may
/// hold any policy.
async fn sets(cx: &Cx, draft: &mut Draft) {
    let Some(def) = cx.type_def(&draft.resource.kind).and_then(|d| d.facets.get(SETS)) else {
        return;
    };
    let Some(assigned) = draft.resource.properties.get("PolicyAssignments") else {
        if let Some(gap) = draft.resource.gaps.get("/PolicyAssignments").cloned() {
            draft.lose(&[SETS], &gap);
        }
        return;
    };
    let ids = named(assigned);
    let mut source = draft.resource.sources.get("PolicyAssignments").cloned().unwrap_or_default();
    let reads = ids.iter().map(|id| set(cx, id));
    let mut rows = Vec::new();
    for called in cx.bounded(reads, 8).await {
        match called.result {
            Ok(row) => {
                rows.push(row);
                source = called.id;
            }
            Err(e) => {
                draft.set(SETS, e.facet());
                return;
            }
        }
    }
    let value = row::children(Some(&def.shape), &rows, &|id| cx.canonical(id));
    draft.set(SETS, Facet::expected(value, &source));
}

/// The ids of the initiatives that assignments name.
fn named(assignments: &Value) -> BTreeSet<String> {
    let each = assignments.as_array().into_iter().flatten();
    let ids = each.filter_map(|a| a.get("policyDefinitionId")?.as_str());
    ids.filter(|id| id.contains(SET_STEP)).map(str::to_owned).collect()
}

async fn set(cx: &Cx, id: &str) -> Called<Value> {
    let (scope, name) = id.split_once(SET_STEP).unwrap_or_default();
    if scope.is_empty() {
        cx.get(&BUILT_IN_SET, &[("name", name)]).await
    } else {
        cx.get(&OWN_SET, &[("id", scope), ("name", name)]).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn initiatives_are_told_from_single_policies() {
        let set = "/providers/Microsoft.Authorization/policySetDefinitions/s";
        let own = format!("/providers/Microsoft.Management/managementGroups/m{set}");
        let assigned = json!([
            {"policyDefinitionId": set}, {"policyDefinitionId": own}, {"policyDefinitionId": set},
            {"policyDefinitionId": "/providers/Microsoft.Authorization/policyDefinitions/p"}, {},
        ]);
        let found: Vec<String> = named(&assigned).into_iter().collect();
        assert_eq!(found, [set.to_owned(), own]);
    }
}
