//! Groups, and the members of those that something names.

use std::collections::{BTreeMap, BTreeSet};

use assay_collect::Draft;

use super::{object, population::id};
use crate::{Cx, Operation};

const MEMBERS_FACET: &str = "transitiveMembers";

pub(crate) static GROUPS: Operation = Operation::graph(
    "MicrosoftGraph:groups",
    "/v1.0/groups?$select=id,displayName,securityEnabled,isAssignableToRole&$top=999",
    &["Group.Read.All", "Directory.Read.All"],
);
pub(crate) static MEMBERS: Operation = Operation::graph(
    "MicrosoftGraph:groups/transitiveMembers",
    "/v1.0/groups/{group}/transitiveMembers?$select=id&$top=999",
    &["GroupMember.Read.All", "Group.Read.All", "Directory.Read.All"],
);

/// Members by group, in lower case.
pub(super) type Members = BTreeMap<String, BTreeSet<String>>;

/// Lists the groups; those that are named come with all their members, direct and through other
/// groups.
pub(super) async fn collect(cx: &Cx, named: &BTreeSet<String>) -> Members {
    let mut members = Members::new();
    let Some(def) = cx.type_def(super::GROUPS) else { return members };
    let mut listing = cx.listing(super::GROUPS);
    let mut next: Option<String> = None;
    loop {
        let called = cx.page(&GROUPS, &[], next.as_deref()).await;
        let Some(page) = listing.page(called) else { break };
        let mut asked: Vec<(String, Draft)> = Vec::new();
        for row in &page.value {
            let Some(draft) = object::document(cx, def, row, &[MEMBERS_FACET], &page.id) else {
                listing.stop_malformed("an object without an id", &page.id);
                continue;
            };
            match id(row).map(str::to_ascii_lowercase).filter(|id| named.contains(id)) {
                Some(id) if def.facets.contains_key(MEMBERS_FACET) => asked.push((id, draft)),
                _ => cx.put(draft).await,
            }
        }
        let ids: Vec<String> = asked.iter().map(|(group, _)| group.clone()).collect();
        let answers = cx.lists(&MEMBERS, "group", &ids).await;
        for ((group, mut draft), called) in asked.into_iter().zip(answers) {
            if let Ok(rows) = &called.result {
                let ids = rows.iter().filter_map(id).map(str::to_ascii_lowercase);
                members.insert(group, ids.collect());
            }
            let shape = def.facets.get(MEMBERS_FACET).map(|f| &f.shape);
            draft.set(
                MEMBERS_FACET,
                called.facet(|rows| shape.and_then(|shape| object::many(shape, rows))),
            );
            cx.put(draft).await;
        }
        next = listing.more(page.next.as_deref());
        if next.is_none() {
            break;
        }
    }
    listing.complete();
    members
}
