//! Network interfaces and elastic addresses.

use aws_sdk_ec2::types::{Address, NetworkInterface};
use serde_json::{Map, Value};

use super::{Facets, list, text};

pub(crate) fn network_interface(n: &NetworkInterface) -> Map<String, Value> {
    let association = n.association.as_ref().map(|a| {
        Facets::default()
            .must("PublicIp", text(a.public_ip.as_ref()))
            .must("AllocationId", text(a.allocation_id.as_ref()))
            .must("IpOwnerId", text(a.ip_owner_id.as_ref()))
            .value()
    });
    let attachment = n.attachment.as_ref().map(|a| {
        Facets::default()
            .must("InstanceId", text(a.instance_id.as_ref()))
            .must("InstanceOwnerId", text(a.instance_owner_id.as_ref()))
            .must("Status", a.status.as_ref().map(|s| s.as_str()))
            .value()
    });
    Facets::default()
        .must("NetworkInterfaceId", text(n.network_interface_id.as_ref()))
        .must("SubnetId", text(n.subnet_id.as_ref()))
        .must("VpcId", text(n.vpc_id.as_ref()))
        .must("OwnerId", text(n.owner_id.as_ref()))
        .must("InterfaceType", n.interface_type.as_ref().map(|t| t.as_str()))
        .must("Description", text(n.description.as_ref()))
        .must("Status", n.status.as_ref().map(|s| s.as_str()))
        .must("RequesterManaged", n.requester_managed)
        .may("RequesterId", text(n.requester_id.as_ref()))
        .must("GroupSet", list(n.groups.as_ref(), |g| text(g.group_id.as_ref()).map(Into::into)))
        .may("PrivateIpAddress", text(n.private_ip_address.as_ref()))
        .must(
            "PrivateIpAddresses",
            list(n.private_ip_addresses.as_ref(), |a| {
                let public = a.association.as_ref().and_then(|a| a.public_ip.as_ref());
                Some(
                    Facets::default()
                        .must("PrivateIpAddress", text(a.private_ip_address.as_ref()))
                        .must("PublicIp", text(public))
                        .value(),
                )
            }),
        )
        // Left out where the interface has none.
        .must(
            "Ipv6Addresses",
            list(Some(n.ipv6_addresses.as_ref().unwrap_or(&Vec::new())), |a| {
                Some(Facets::default().must("Ipv6Address", text(a.ipv6_address.as_ref())).value())
            }),
        )
        .may("Association", association)
        .may("Attachment", attachment)
        .done()
}

pub(crate) fn address(a: &Address) -> Map<String, Value> {
    let not_empty = |t: &&str| !t.is_empty();
    Facets::default()
        .may("AllocationId", text(a.allocation_id.as_ref()))
        .must("PublicIp", text(a.public_ip.as_ref()))
        .must("Domain", a.domain.as_ref().map(|d| d.as_str()))
        .may("AssociationId", text(a.association_id.as_ref()))
        .may("InstanceId", text(a.instance_id.as_ref()).filter(not_empty))
        .may("NetworkInterfaceId", text(a.network_interface_id.as_ref()).filter(not_empty))
        .may("PrivateIpAddress", text(a.private_ip_address.as_ref()).filter(not_empty))
        .done()
}
