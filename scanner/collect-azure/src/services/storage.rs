//! Storage accounts, with the settings of their blob service.

use super::child::{Child, Form};
use super::population::{Population, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const KIND: &str = "Microsoft.Storage/storageAccounts";
const VERSION: &str = "2023-05-01";

static ACCOUNTS: Operation = Operation::arm(
    "Microsoft.Storage:storageAccounts/read",
    "/subscriptions/{subscription}/providers/Microsoft.Storage/storageAccounts",
    VERSION,
);
static ACCOUNT: Operation = Operation::arm(
    "Microsoft.Storage:storageAccounts/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{name}",
    VERSION,
);
static BLOBS: Operation = Operation::arm(
    "Microsoft.Storage:storageAccounts/blobServices/read",
    "{id}/blobServices/default",
    VERSION,
);

/// Storage accounts.
pub(super) static SERVICE: Service = Service {
    name: "storage",
    scope: Scope::Subscription,
    operations: &[&ACCOUNTS, &ACCOUNT, &BLOBS, &RESOURCE_GRAPH],
    types: &[KIND],
    collect: |cx| Box::pin(collect(cx)),
};

static POPULATION: Population = Population::new(KIND, &ACCOUNTS).checked_by(&ACCOUNT).with(&[
    // An account of the kind FileStorage has no blobs, and is refused with this code.
    Child::new(&["blobServices"], &BLOBS, Form::One).absent_on(&["FeatureNotSupportedForAccount"]),
]);

async fn collect(cx: Cx) {
    population(&cx, &POPULATION).await;
}
