//! Storage accounts, with the settings of their blob and file services and their containers.

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

static FILES: Operation = Operation::arm(
    "Microsoft.Storage:storageAccounts/fileServices/read",
    "{id}/fileServices/default",
    VERSION,
);
static CONTAINERS: Operation = Operation::arm(
    "Microsoft.Storage:storageAccounts/blobServices/containers/read",
    "{id}/blobServices/default/containers",
    VERSION,
);

/// Storage accounts.
pub(super) static SERVICE: Service = Service {
    name: "storage",
    scope: Scope::Subscription,
    operations: &[&ACCOUNTS, &ACCOUNT, &BLOBS, &FILES, &CONTAINERS, &RESOURCE_GRAPH],
    types: &[KIND],
    collect: |cx| Box::pin(collect(cx)),
};

static POPULATION: Population = Population::new(KIND, &ACCOUNTS).checked_by(&ACCOUNT).with(&[
    Child::new(&["blobServices"], &BLOBS, Form::One).absent_on(NOT_THERE),
    Child::new(&["fileServices"], &FILES, Form::One).absent_on(NOT_THERE),
    Child::new(&["containers"], &CONTAINERS, Form::Many).absent_on(NOT_THERE),
]);

/// An account of the kind FileStorage has no blobs, one of the kind BlobStorage has no files, and
/// either is refused with this code.
const NOT_THERE: &[&str] = &["FeatureNotSupportedForAccount"];

async fn collect(cx: Cx) {
    population(&cx, &POPULATION).await;
}
