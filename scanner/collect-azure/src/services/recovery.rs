//! Azure Backup: what the recovery services vaults of a subscription protect.

use super::population::{Population, nested, parents};
use crate::{Cx, Operation, Scope, Service};

const ITEM: &str =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";

static VAULTS: Operation = Operation::arm(
    "Microsoft.RecoveryServices:vaults/read",
    "/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/vaults",
    "2023-04-01",
);
static ITEMS: Operation = Operation::arm(
    "Microsoft.RecoveryServices:vaults/backupProtectedItems/read",
    "{id}/backupProtectedItems",
    "2023-02-01",
);

/// Protected items.
pub(super) static SERVICE: Service = Service {
    name: "recovery",
    scope: Scope::Subscription,
    operations: &[&VAULTS, &ITEMS],
    types: &[ITEM],
    collect: |cx| Box::pin(collect(cx)),
};

static POPULATION: Population = Population::new(ITEM, &ITEMS);

async fn collect(cx: Cx) {
    let vaults = parents(&cx, &VAULTS).await;
    nested(&cx, &POPULATION, &vaults).await;
}
