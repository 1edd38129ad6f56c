//! What of a network the internet reaches: security groups, network ACLs, routes, instances.
//!
//! Addresses are sets, ports are ranges, IPv4 and IPv6 are judged alike. Two halves of the address
//! space are the internet as much as `0.0.0.0/0` is. What is missing for an answer is a gap, never
//! an assumption.
//!
//! [`Network`] is for other derivers too: a database in some subnets behind some groups asks it
//! with [`Network::paths`].

mod backup;
mod exposure;
mod network;
mod peering;
mod prefix_list;
mod protocol;
mod reachability;
mod region;
mod routes;
mod rules;
mod set;
pub(crate) mod sweep;

pub use backup::BackedUp;
pub use exposure::{AclExposure, GroupExposure};
pub use network::{LOOKS, NEEDS, Network, Path, Ways};
pub use peering::PeeringRoutes;
pub use reachability::Reachability;
pub use region::InUse;
pub use routes::AssignedIpv6;
pub use set::{AddressSet, Family};

use assay_core::{Gap, GapState, Resource};
use serde_json::{Map, Value};

/// The derivers of this module.
pub(crate) static ALL: [&dyn crate::Deriver; 7] =
    [&GroupExposure, &AclExposure, &AssignedIpv6, &Reachability, &PeeringRoutes, &InUse, &BackedUp];

/// A text property that the gate knows to be there.
pub(crate) fn text<'a>(doc: &'a Resource, facet: &str) -> Result<&'a str, Gap> {
    doc.properties.get(facet).and_then(Value::as_str).ok_or_else(|| odd(doc, facet))
}

/// A list property that the gate knows to be there.
pub(crate) fn list<'a>(doc: &'a Resource, facet: &str) -> Result<&'a [Value], Gap> {
    doc.properties
        .get(facet)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .ok_or_else(|| odd(doc, facet))
}

/// A text member.
pub(crate) fn member<'a>(of: &'a Value, name: &str) -> Option<&'a str> {
    of.get(name).and_then(Value::as_str)
}

fn odd(doc: &Resource, facet: &str) -> Gap {
    Gap::new(GapState::Malformed, format!("{facet} of {} does not have its shape", doc.id))
}

pub(crate) fn malformed(detail: impl Into<String>) -> Gap {
    Gap::new(GapState::Malformed, detail)
}

pub(crate) fn object(members: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Map<_, _>>())
}
