//! Instances, launch templates, images.

use aws_sdk_ec2::types::{
    Image, Instance, InstanceMetadataOptionsResponse, InstanceNetworkInterface, LaunchTemplate,
    LaunchTemplateVersion, ResponseLaunchTemplateData,
};
use serde_json::{Map, Value};

use super::{Facets, list, text, texts, time};

pub(crate) fn instance(i: &Instance, owner: Option<&str>) -> Map<String, Value> {
    let state = i.state.as_ref().and_then(|s| s.name.as_ref());
    let profile = i.iam_instance_profile.as_ref().map(|p| {
        Facets::default().must("Arn", text(p.arn.as_ref())).must("Id", text(p.id.as_ref())).value()
    });
    let not_empty = |t: &&str| !t.is_empty();
    Facets::default()
        .must("InstanceId", text(i.instance_id.as_ref()))
        .must("OwnerId", owner)
        .must("ImageId", text(i.image_id.as_ref()))
        .must("InstanceType", i.instance_type.as_ref().map(|t| t.as_str()))
        .may("KeyName", text(i.key_name.as_ref()))
        .must("LaunchTime", time(i.launch_time.as_ref()))
        .must("PlatformDetails", text(i.platform_details.as_ref()))
        .must("State", state.map(|s| Facets::default().must("Name", Some(s.as_str())).value()))
        .may("StateTransitionReason", text(i.state_transition_reason.as_ref()).filter(not_empty))
        .may("VpcId", text(i.vpc_id.as_ref()))
        .may("SubnetId", text(i.subnet_id.as_ref()))
        .may("PrivateIpAddress", text(i.private_ip_address.as_ref()).filter(not_empty))
        .may("PublicIpAddress", text(i.public_ip_address.as_ref()).filter(not_empty))
        .must(
            "SecurityGroupIds",
            list(i.security_groups.as_ref(), |g| text(g.group_id.as_ref()).map(Into::into)),
        )
        .must("NetworkInterfaces", list(i.network_interfaces.as_ref(), interface))
        .may("IamInstanceProfile", profile)
        .must("MetadataOptions", i.metadata_options.as_ref().map(metadata))
        .done()
}

fn metadata(o: &InstanceMetadataOptionsResponse) -> Value {
    Facets::default()
        .must("HttpTokens", o.http_tokens.as_ref().map(|t| t.as_str()))
        .must("HttpEndpoint", o.http_endpoint.as_ref().map(|t| t.as_str()))
        .must("HttpPutResponseHopLimit", o.http_put_response_hop_limit)
        .must("HttpProtocolIpv6", o.http_protocol_ipv6.as_ref().map(|t| t.as_str()))
        .must("InstanceMetadataTags", o.instance_metadata_tags.as_ref().map(|t| t.as_str()))
        .must("State", o.state.as_ref().map(|t| t.as_str()))
        .value()
}

/// An interface with all its public addresses. `None` where something that decides on exposure is
/// missing: the list is then unknown.
fn interface(n: &InstanceNetworkInterface) -> Option<Value> {
    let own = n.association.as_ref().and_then(|a| a.public_ip.as_deref());
    let private = n.private_ip_addresses.as_ref()?;
    let others = private.iter().filter_map(|a| a.association.as_ref()?.public_ip.as_deref());
    let mut public: Vec<&str> = own.into_iter().chain(others).collect();
    public.sort_unstable();
    public.dedup();
    let groups = list(n.groups.as_ref(), |g| text(g.group_id.as_ref()).map(Into::into))?;
    // Left out where the interface has none.
    let v6 = n.ipv6_addresses.iter().flatten();
    let v6: Option<Vec<&str>> = v6.map(|a| a.ipv6_address.as_deref()).collect();
    Some(
        Facets::default()
            .must("NetworkInterfaceId", Some(n.network_interface_id.as_deref()?))
            .must("SubnetId", Some(n.subnet_id.as_deref()?))
            .must("Groups", Some(groups))
            .must("PublicIps", Some(public))
            .must("Ipv6Addresses", Some(v6?))
            .value(),
    )
}

pub(crate) fn launch_template(t: &LaunchTemplate) -> Map<String, Value> {
    Facets::default()
        .must("LaunchTemplateId", text(t.launch_template_id.as_ref()))
        .must("LaunchTemplateName", text(t.launch_template_name.as_ref()))
        .must("DefaultVersionNumber", t.default_version_number)
        .must("LatestVersionNumber", t.latest_version_number)
        .done()
}

/// A version, its user data left to the caller.
pub(crate) fn version(v: &LaunchTemplateVersion, user_data: Option<&str>) -> Option<Value> {
    Some(
        Facets::default()
            .must("VersionNumber", Some(v.version_number?))
            .must("DefaultVersion", Some(v.default_version?))
            .must("LaunchTemplateData", Some(data(v.launch_template_data.as_ref()?, user_data)))
            .value(),
    )
}

fn data(d: &ResponseLaunchTemplateData, user_data: Option<&str>) -> Value {
    let profile = d.iam_instance_profile.as_ref().map(|p| {
        let name = text(p.name.as_ref());
        Facets::default().must("Arn", text(p.arn.as_ref())).must("Name", name).value()
    });
    let options = d.metadata_options.as_ref().map(|o| {
        Facets::default()
            .must("HttpTokens", o.http_tokens.as_ref().map(|t| t.as_str()))
            .must("HttpEndpoint", o.http_endpoint.as_ref().map(|t| t.as_str()))
            .must("HttpPutResponseHopLimit", o.http_put_response_hop_limit)
            .value()
    });
    let interfaces = d.network_interfaces.as_ref().map(|l| {
        let one = |n: &aws_sdk_ec2::types::LaunchTemplateInstanceNetworkInterfaceSpecification| {
            Facets::default()
                .must("AssociatePublicIpAddress", n.associate_public_ip_address)
                .must("Groups", texts(n.groups.as_ref()))
                .value()
        };
        l.iter().map(one).collect::<Vec<_>>()
    });
    Facets::default()
        .must("ImageId", text(d.image_id.as_ref()))
        .must("InstanceType", d.instance_type.as_ref().map(|t| t.as_str()))
        .must("KeyName", text(d.key_name.as_ref()))
        .must("IamInstanceProfile", profile)
        .must("SecurityGroupIds", texts(d.security_group_ids.as_ref()))
        .must("MetadataOptions", options)
        .must("NetworkInterfaces", interfaces)
        .must("UserData", user_data)
        .value()
}

pub(crate) fn image(i: &Image) -> Map<String, Value> {
    Facets::default()
        .must("ImageId", text(i.image_id.as_ref()))
        .must("Name", text(i.name.as_ref()))
        .must("OwnerId", text(i.owner_id.as_ref()))
        .must("CreationDate", text(i.creation_date.as_ref()))
        .may("DeprecationTime", text(i.deprecation_time.as_ref()))
        .must("State", i.state.as_ref().map(|s| s.as_str()))
        .must("Public", i.public)
        .must(
            "BlockDeviceMappings",
            list(i.block_device_mappings.as_ref(), |m| {
                let disk = m.ebs.as_ref().map(|e| {
                    Facets::default()
                        .must("SnapshotId", text(e.snapshot_id.as_ref()))
                        .must("Encrypted", e.encrypted)
                        .value()
                });
                let name = text(m.device_name.as_ref());
                Some(Facets::default().must("DeviceName", name).must("Ebs", disk).value())
            }),
        )
        .done()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::{InstanceNetworkInterfaceAssociation, InstancePrivateIpAddress};
    use serde_json::json;

    #[test]
    fn every_public_address_of_an_interface_counts() {
        let public =
            |ip: &str| InstanceNetworkInterfaceAssociation::builder().public_ip(ip).build();
        let second = InstancePrivateIpAddress::builder().association(public("54.1.2.4")).build();
        let n = InstanceNetworkInterface::builder()
            .network_interface_id("eni-1")
            .subnet_id("subnet-1")
            .association(public("54.1.2.3"))
            .private_ip_addresses(second)
            .set_groups(Some(vec![]))
            .build();
        let i = instance(&Instance::builder().network_interfaces(n).build(), None);
        assert_eq!(i["NetworkInterfaces"][0]["PublicIps"], json!(["54.1.2.3", "54.1.2.4"]));
        assert_eq!(i["NetworkInterfaces"][0]["Ipv6Addresses"], json!([]));
        assert_eq!(i["PublicIpAddress"], Value::Null);
        assert!(!i.contains_key("MetadataOptions"), "always given: unknown");
    }

    #[test]
    fn an_interface_without_subnet_hides_the_list() {
        let n = InstanceNetworkInterface::builder().network_interface_id("eni-1").build();
        let i = instance(&Instance::builder().network_interfaces(n).build(), None);
        assert!(!i.contains_key("NetworkInterfaces"));
    }
}
