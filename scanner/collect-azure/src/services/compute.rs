//! Virtual machines and managed disks.

use super::population::{Population, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const MACHINE: &str = "Microsoft.Compute/virtualMachines";
const DISK: &str = "Microsoft.Compute/disks";

static MACHINES: Operation = Operation::arm(
    "Microsoft.Compute:virtualMachines/read",
    "/subscriptions/{subscription}/providers/Microsoft.Compute/virtualMachines",
    "2024-07-01",
);
static ONE_MACHINE: Operation = Operation::arm(
    "Microsoft.Compute:virtualMachines/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}",
    "2024-07-01",
);
static DISKS: Operation = Operation::arm(
    "Microsoft.Compute:disks/read",
    "/subscriptions/{subscription}/providers/Microsoft.Compute/disks",
    "2024-03-02",
);
static ONE_DISK: Operation = Operation::arm(
    "Microsoft.Compute:disks/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/disks/{name}",
    "2024-03-02",
);

/// Machines and disks.
pub(super) static SERVICE: Service = Service {
    name: "compute",
    scope: Scope::Subscription,
    operations: &[&MACHINES, &ONE_MACHINE, &DISKS, &ONE_DISK, &RESOURCE_GRAPH],
    types: &[MACHINE, DISK],
    collect: |cx| Box::pin(collect(cx)),
};

static MACHINE_POPULATION: Population =
    Population::new(MACHINE, &MACHINES).checked_by(&ONE_MACHINE);
static DISK_POPULATION: Population = Population::new(DISK, &DISKS).checked_by(&ONE_DISK);

async fn collect(cx: Cx) {
    population(&cx, &MACHINE_POPULATION).await;
    population(&cx, &DISK_POPULATION).await;
}
