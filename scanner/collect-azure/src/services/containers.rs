//! Kubernetes clusters and container registries.

use super::population::{Population, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const CLUSTER: &str = "Microsoft.ContainerService/managedClusters";
const REGISTRY: &str = "Microsoft.ContainerRegistry/registries";

static CLUSTERS: Operation = Operation::arm(
    "Microsoft.ContainerService:managedClusters/read",
    "/subscriptions/{subscription}/providers/Microsoft.ContainerService/managedClusters",
    "2024-09-01",
);
static ONE_CLUSTER: Operation = Operation::arm(
    "Microsoft.ContainerService:managedClusters/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerService/managedClusters/{name}",
    "2024-09-01",
);
static REGISTRIES: Operation = Operation::arm(
    "Microsoft.ContainerRegistry:registries/read",
    "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/registries",
    "2023-07-01",
);
static ONE_REGISTRY: Operation = Operation::arm(
    "Microsoft.ContainerRegistry:registries/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}",
    "2023-07-01",
);

/// Clusters and registries.
pub(super) static SERVICE: Service = Service {
    name: "containers",
    scope: Scope::Subscription,
    operations: &[&CLUSTERS, &ONE_CLUSTER, &REGISTRIES, &ONE_REGISTRY, &RESOURCE_GRAPH],
    types: &[CLUSTER, REGISTRY],
    collect: |cx| Box::pin(collect(cx)),
};

static CLUSTER_POPULATION: Population =
    Population::new(CLUSTER, &CLUSTERS).checked_by(&ONE_CLUSTER);
static REGISTRY_POPULATION: Population =
    Population::new(REGISTRY, &REGISTRIES).checked_by(&ONE_REGISTRY);

async fn collect(cx: Cx) {
    population(&cx, &CLUSTER_POPULATION).await;
    population(&cx, &REGISTRY_POPULATION).await;
}
