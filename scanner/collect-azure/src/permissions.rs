//! What a scan needs: the custom role and the application permissions, from what is declared.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::{Operation, Service, check, discover};

/// Every operation of some services, and of the discovery.
pub fn operations<'s>(
    services: &'s [&'static Service],
) -> impl Iterator<Item = &'static Operation> + 's {
    services.iter().copied().chain([&discover::SERVICE]).flat_map(|s| s.operations.iter().copied())
}

/// The RBAC actions of some services, of the discovery and of [`crate::check()`], sorted.
#[must_use]
pub fn actions(services: &[&'static Service]) -> BTreeSet<String> {
    operations(services).chain([&check::PERMISSIONS]).filter_map(Operation::action).collect()
}

/// The smallest application permissions of Microsoft Graph with which every declared operation
/// works, sorted.
#[must_use]
pub fn graph(services: &[&'static Service]) -> BTreeSet<&'static str> {
    operations(services).filter_map(|o| o.needs.first().copied()).collect()
}

/// The minimal custom role, as `az role definition create` takes it: read-only.
#[must_use]
pub fn role(services: &[&'static Service], scopes: &[String]) -> Value {
    json!({
        "Name": "Assay reader",
        "IsCustom": true,
        "Description": "What an audit with Assay reads, and nothing else.",
        "Actions": actions(services),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": scopes,
    })
}
