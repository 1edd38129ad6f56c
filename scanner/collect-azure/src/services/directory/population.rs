//! Applications and service principals: what they sign in with, who owns them, which permissions
//! they were given.
//!
//! Owners come along with the list, for at the price of smaller pages that saves a call for each.
//! Graph then gives 20 of them at most and does not say that there are more: whoever has so many is
//! asked for alone. Permissions are read from the side that offers them: there are far fewer such
//! APIs in a tenant than programs that could hold their permissions.

use assay_collect::{CallError, Draft, Facet, ListingGuard};
use assay_core::typedef::TypeDef;
use assay_core::{Gap, GapState};
use serde_json::Value;

use super::object;
use crate::{Cx, Operation, Page};

const OWNERS: &str = "owners";
const ASSIGNED: &str = "appRoleAssignedTo";
/// Related objects that come along with a list at most:
/// <https://learn.microsoft.com/graph/query-parameters#expand>.
const CUT: usize = 20;

pub(crate) static SERVICE_PRINCIPALS: Operation = Operation::graph(
    "MicrosoftGraph:servicePrincipals",
    "/v1.0/servicePrincipals?$select=id,displayName,appId,servicePrincipalType,accountEnabled,appOwnerOrganizationId,passwordCredentials,keyCredentials,appRoles&$expand=owners($select=id)&$top=100",
    &["Application.Read.All"],
);
pub(crate) static PLAIN_SERVICE_PRINCIPALS: Operation = Operation::graph(
    "MicrosoftGraph:servicePrincipals",
    "/v1.0/servicePrincipals?$select=id,displayName,appId,servicePrincipalType,accountEnabled,appOwnerOrganizationId,passwordCredentials,keyCredentials,appRoles&$top=999",
    &["Application.Read.All"],
);
pub(crate) static SERVICE_PRINCIPAL_OWNERS: Operation = Operation::graph(
    "MicrosoftGraph:servicePrincipals/owners",
    "/v1.0/servicePrincipals/{object}/owners?$select=id&$top=999",
    &["Application.Read.All"],
);
pub(crate) static ASSIGNED_TO: Operation = Operation::graph(
    "MicrosoftGraph:servicePrincipals/appRoleAssignedTo",
    "/v1.0/servicePrincipals/{object}/appRoleAssignedTo?$top=999",
    &["Application.Read.All"],
);
pub(crate) static APPLICATIONS: Operation = Operation::graph(
    "MicrosoftGraph:applications",
    "/v1.0/applications?$select=id,displayName,appId,createdDateTime,signInAudience,passwordCredentials,keyCredentials&$expand=owners($select=id)&$top=100",
    &["Application.Read.All"],
);
pub(crate) static PLAIN_APPLICATIONS: Operation = Operation::graph(
    "MicrosoftGraph:applications",
    "/v1.0/applications?$select=id,displayName,appId,createdDateTime,signInAudience,passwordCredentials,keyCredentials&$top=999",
    &["Application.Read.All"],
);
pub(crate) static APPLICATION_OWNERS: Operation = Operation::graph(
    "MicrosoftGraph:applications/owners",
    "/v1.0/applications/{object}/owners?$select=id&$top=999",
    &["Application.Read.All"],
);

/// How a type is read.
pub(super) struct Objects {
    kind: &'static str,
    list: &'static Operation,
    /// The list without owners: asked for where Graph does not take the other.
    plain: &'static Operation,
    owners: &'static Operation,
}

pub(super) static PRINCIPALS: Objects = Objects {
    kind: super::SERVICE_PRINCIPALS,
    list: &SERVICE_PRINCIPALS,
    plain: &PLAIN_SERVICE_PRINCIPALS,
    owners: &SERVICE_PRINCIPAL_OWNERS,
};
pub(super) static APPS: Objects = Objects {
    kind: super::APPLICATIONS,
    list: &APPLICATIONS,
    plain: &PLAIN_APPLICATIONS,
    owners: &APPLICATION_OWNERS,
};

/// Lists a type and puts its documents.
pub(super) async fn collect(cx: &Cx, of: &'static Objects) {
    let Some(def) = cx.type_def(of.kind) else { return };
    let mut listing = cx.listing(of.kind);
    let first = cx.page(of.list, &[], None).await;
    let unread = first.result.as_ref().err().filter(|e| not_taken(e)).map(CallError::gap);
    let (list, mut called) = match unread {
        None => (of.list, first),
        Some(_) => (of.plain, cx.page(of.plain, &[], None).await),
    };
    while let Some(page) = listing.page(called) {
        put(cx, of, def, &page.answer, &page.id, unread.as_ref(), &mut listing).await;
        match listing.more(page.next.as_deref()) {
            None => break,
            Some(next) => called = cx.page(list, &[], Some(&next)).await,
        }
    }
    listing.complete();
}

/// Whether an error may be about how was asked, and not about who asked, or how often.
fn not_taken(e: &CallError) -> bool {
    !matches!(e.state, GapState::Denied | GapState::Throttled | GapState::NotAttempted)
}

/// A facet of a document that a call of its own gives.
struct Child {
    document: usize,
    object: String,
    facet: &'static str,
}

async fn put(
    cx: &Cx,
    of: &'static Objects,
    def: &TypeDef,
    page: &Page,
    call: &str,
    unread: Option<&Gap>,
    listing: &mut ListingGuard,
) {
    let mut documents: Vec<Draft> = Vec::new();
    let mut children: Vec<Child> = Vec::new();
    for row in &page.value {
        let drafted = object::document(cx, def, row, &[OWNERS, ASSIGNED], call);
        let Some((mut draft, object)) = drafted.zip(id(row)) else {
            listing.stop_malformed("an object without an id", call);
            continue;
        };
        let mut child = |facet| {
            let (document, object) = (documents.len(), object.to_owned());
            children.push(Child { document, object, facet });
        };
        match (unread, row.get(OWNERS).and_then(Value::as_array)) {
            (Some(gap), _) => drop(draft.lose(&[OWNERS], gap)),
            (None, Some(all)) if all.len() >= CUT => child(OWNERS),
            (None, few) => {
                let few = few.and_then(|few| many(def, OWNERS, few));
                draft.set(OWNERS, Facet::expected(few, call));
            }
        }
        if def.facets.contains_key(ASSIGNED) && offers(row) {
            child(ASSIGNED);
        }
        documents.push(draft);
    }
    for (facet, read) in [(OWNERS, of.owners), (ASSIGNED, &ASSIGNED_TO)] {
        let own: Vec<&Child> = children.iter().filter(|c| c.facet == facet).collect();
        let objects: Vec<String> = own.iter().map(|c| c.object.clone()).collect();
        for (child, called) in own.iter().zip(cx.lists(read, "object", &objects).await) {
            let called = called.map(|rows| of_programs(facet, rows));
            if let Some(draft) = documents.get_mut(child.document) {
                draft.set(facet, called.facet(|rows| many(def, facet, rows)));
            }
        }
    }
    for draft in documents {
        cx.put(draft).await;
    }
}

/// People and groups are assigned to what they may use; permissions go to programs.
fn of_programs(facet: &str, mut rows: Vec<Value>) -> Vec<Value> {
    rows.retain(|row| facet != ASSIGNED || !goes_to_people(row));
    rows
}

fn many(def: &TypeDef, facet: &str, rows: &[Value]) -> Option<Value> {
    object::many(&def.facets.get(facet)?.shape, rows)
}

/// Whether an API offers permissions to programs. A role that cannot be read may be one.
fn offers(row: &Value) -> bool {
    let roles = row.get("appRoles").and_then(Value::as_array).into_iter().flatten();
    roles.map(|r| r.get("allowedMemberTypes").and_then(Value::as_array)).any(|kinds| {
        kinds.is_none_or(|kinds| kinds.iter().any(|k| k.as_str() == Some("Application")))
    })
}

fn goes_to_people(row: &Value) -> bool {
    matches!(row.get("principalType").and_then(Value::as_str), Some("User" | "Group"))
}

/// The object id of a row.
pub(super) fn id(row: &Value) -> Option<&str> {
    row.get("id")?.as_str()
}
