//! Networks: security groups, interfaces, addresses, virtual networks with their subnets, and flow
//! logs of the network watchers.

use super::population::{Inside, Population, nested, parents, population};
use crate::{Cx, Operation, RESOURCE_GRAPH, Scope, Service};

const GROUP: &str = "Microsoft.Network/networkSecurityGroups";
const INTERFACE: &str = "Microsoft.Network/networkInterfaces";
const ADDRESS: &str = "Microsoft.Network/publicIPAddresses";
const NETWORK: &str = "Microsoft.Network/virtualNetworks";
const SUBNET: &str = "Microsoft.Network/virtualNetworks/subnets";
const FLOW_LOG: &str = "Microsoft.Network/networkWatchers/flowLogs";
const VERSION: &str = "2024-05-01";

static GROUPS: Operation = Operation::arm(
    "Microsoft.Network:networkSecurityGroups/read",
    "/subscriptions/{subscription}/providers/Microsoft.Network/networkSecurityGroups",
    VERSION,
);
static ONE_GROUP: Operation = Operation::arm(
    "Microsoft.Network:networkSecurityGroups/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups/{name}",
    VERSION,
);
static INTERFACES: Operation = Operation::arm(
    "Microsoft.Network:networkInterfaces/read",
    "/subscriptions/{subscription}/providers/Microsoft.Network/networkInterfaces",
    VERSION,
);
static ONE_INTERFACE: Operation = Operation::arm(
    "Microsoft.Network:networkInterfaces/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/networkInterfaces/{name}",
    VERSION,
);
static ADDRESSES: Operation = Operation::arm(
    "Microsoft.Network:publicIPAddresses/read",
    "/subscriptions/{subscription}/providers/Microsoft.Network/publicIPAddresses",
    VERSION,
);
static ONE_ADDRESS: Operation = Operation::arm(
    "Microsoft.Network:publicIPAddresses/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/publicIPAddresses/{name}",
    VERSION,
);
static NETWORKS: Operation = Operation::arm(
    "Microsoft.Network:virtualNetworks/read",
    "/subscriptions/{subscription}/providers/Microsoft.Network/virtualNetworks",
    VERSION,
);
static ONE_NETWORK: Operation = Operation::arm(
    "Microsoft.Network:virtualNetworks/read",
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/virtualNetworks/{name}",
    VERSION,
);
static WATCHERS: Operation = Operation::arm(
    "Microsoft.Network:networkWatchers/read",
    "/subscriptions/{subscription}/providers/Microsoft.Network/networkWatchers",
    VERSION,
);
static FLOW_LOGS: Operation =
    Operation::arm("Microsoft.Network:networkWatchers/flowLogs/read", "{id}/flowLogs", VERSION);

/// Networks.
pub(super) static SERVICE: Service = Service {
    name: "network",
    scope: Scope::Subscription,
    operations: &[
        &GROUPS,
        &ONE_GROUP,
        &INTERFACES,
        &ONE_INTERFACE,
        &ADDRESSES,
        &ONE_ADDRESS,
        &NETWORKS,
        &ONE_NETWORK,
        &WATCHERS,
        &FLOW_LOGS,
        &RESOURCE_GRAPH,
    ],
    types: &[GROUP, INTERFACE, ADDRESS, NETWORK, SUBNET, FLOW_LOG],
    collect: |cx| Box::pin(collect(cx)),
};

static GROUP_POPULATION: Population = Population::new(GROUP, &GROUPS).checked_by(&ONE_GROUP);
static INTERFACE_POPULATION: Population =
    Population::new(INTERFACE, &INTERFACES).checked_by(&ONE_INTERFACE);
static ADDRESS_POPULATION: Population =
    Population::new(ADDRESS, &ADDRESSES).checked_by(&ONE_ADDRESS);
static NETWORK_POPULATION: Population = Population::new(NETWORK, &NETWORKS)
    .checked_by(&ONE_NETWORK)
    .inside(Inside { kind: SUBNET, member: "subnets" });
static FLOW_LOG_POPULATION: Population = Population::new(FLOW_LOG, &FLOW_LOGS);

async fn collect(cx: Cx) {
    for of in [&GROUP_POPULATION, &INTERFACE_POPULATION, &ADDRESS_POPULATION, &NETWORK_POPULATION] {
        population(&cx, of).await;
    }
    let watchers = parents(&cx, &WATCHERS).await;
    nested(&cx, &FLOW_LOG_POPULATION, &watchers).await;
}
