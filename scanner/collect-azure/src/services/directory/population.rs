//! Whole populations of the directory.

use serde_json::Value;

use super::object;
use crate::{Cx, Operation};

pub(crate) static SERVICE_PRINCIPALS: Operation = Operation::graph(
    "MicrosoftGraph:servicePrincipals",
    "/v1.0/servicePrincipals?$select=id,displayName,appId,servicePrincipalType,accountEnabled,appOwnerOrganizationId&$top=999",
    &["Application.Read.All"],
);
pub(crate) static APPLICATIONS: Operation = Operation::graph(
    "MicrosoftGraph:applications",
    "/v1.0/applications?$select=id,displayName,appId,createdDateTime,signInAudience,passwordCredentials,keyCredentials&$top=999",
    &["Application.Read.All"],
);

/// Lists a type and puts its documents.
pub(super) async fn collect(cx: &Cx, kind: &str, list: &'static Operation) {
    let Some(def) = cx.type_def(kind) else { return };
    let mut listing = cx.listing(kind);
    let mut next: Option<String> = None;
    loop {
        let called = cx.page(list, &[], next.as_deref()).await;
        let Some(page) = listing.page(called) else { break };
        for row in &page.value {
            match object::document(cx, def, row, &[], &page.id) {
                Some(draft) => cx.put(draft).await,
                None => listing.stop_malformed("an object without an id", &page.id),
            }
        }
        next = listing.more(page.next.as_deref());
        if next.is_none() {
            break;
        }
    }
    listing.complete();
}

/// The object id of a row.
pub(super) fn id(row: &Value) -> Option<&str> {
    row.get("id")?.as_str()
}
