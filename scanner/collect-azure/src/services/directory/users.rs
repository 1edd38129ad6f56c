//! Users and when they last signed in.

use std::collections::BTreeSet;

use assay_collect::{Called, ListingGuard};
use assay_core::Gap;
use serde_json::Value;

use super::registration::{self, Report};
use super::{object, population::id};
use crate::{Cx, Operation, Page};

const ACTIVITY: &str = "signInActivity";
const MFA_STATE: &str = "perUserMfaState";

/// With the last sign-ins, which need a premium licence and a permission of their own.
pub(crate) static USERS: Operation = Operation::graph(
    "MicrosoftGraph:users/signInActivity",
    "/v1.0/users?$select=id,displayName,userPrincipalName,userType,accountEnabled,createdDateTime,externalUserState,creationType,signInActivity&$top=500",
    &["AuditLog.Read.All"],
);
/// Without them: asked where the other call is refused.
pub(crate) static PLAIN: Operation = Operation::graph(
    "MicrosoftGraph:users",
    "/v1.0/users?$select=id,displayName,userPrincipalName,userType,accountEnabled,createdDateTime,externalUserState,creationType&$top=999",
    &["User.Read.All", "Directory.Read.All"],
);

/// Lists the users and gives the ids of those whose account is enabled, in lower case.
pub(super) async fn collect(cx: &Cx, registered: Option<Report>) -> BTreeSet<String> {
    let listing = cx.listing(super::USERS);
    let first = cx.page(&USERS, &[], None).await;
    match &first.result {
        Ok(_) => read(cx, listing, &USERS, first, None, registered).await,
        Err(e) => {
            let gap = e.gap();
            let plain = cx.page(&PLAIN, &[], None).await;
            read(cx, listing, &PLAIN, plain, Some(gap), registered).await
        }
    }
}

async fn read(
    cx: &Cx,
    mut listing: ListingGuard,
    list: &'static Operation,
    first: Called<Page>,
    unread: Option<Gap>,
    registered: Option<Report>,
) -> BTreeSet<String> {
    let mut enabled = BTreeSet::new();
    let Some(def) = cx.type_def(super::USERS) else { return enabled };
    let mut others = vec![MFA_STATE, registration::FACET];
    others.extend(unread.is_some().then_some(ACTIVITY));
    let mut called = first;
    while let Some(page) = listing.page(called) {
        for row in &page.value {
            let Some(mut draft) = object::document(cx, def, row, &others, &page.id) else {
                listing.stop_malformed("an object without an id", &page.id);
                continue;
            };
            if let Some(gap) = &unread {
                draft.lose(&[ACTIVITY], gap);
            }
            if let Some((report, user)) = registered.as_ref().zip(id(row)) {
                draft.set(registration::FACET, report.of(user));
            }
            if row.get("accountEnabled") == Some(&Value::Bool(true)) {
                enabled.extend(id(row).map(str::to_ascii_lowercase));
            }
            cx.put(draft).await;
        }
        match listing.more(page.next.as_deref()) {
            None => break,
            Some(next) => called = cx.page(list, &[], Some(&next)).await,
        }
    }
    listing.complete();
    enabled
}
