# METADATA
# title: Instance has a public IPv4 address outside approved tiers
# description: >-
#   An instance with a public address is one mistake in a security group away from the internet.
#   Public addresses belong to load balancers, gateways and the few tiers that the organisation
#   names.
# scope: package
# custom:
#   id: AWS-EC2-013
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::Instance
#   remediation:
#     text: >-
#       Move the instance to a private subnet behind a load balancer or NAT gateway. If it has to
#       be public, give it the tag of an approved tier.
#     terraform: |
#       resource "aws_instance" "this" {
#         ami                         = data.aws_ami.this.id
#         instance_type               = "t3.small"
#         subnet_id                   = aws_subnet.private.id
#         associate_public_ip_address = false
#       }
#     cli: |
#       aws ec2 modify-network-interface-attribute --network-interface-id ENI_ID --no-associate-public-ip-address
#       aws ec2 disassociate-address --association-id ASSOCIATION_ID
#   aliases:
#     prowler: [ec2_instance_public_ip]
#     trivy: [AVD-AWS-0009]
#     securityhub: [EC2.9]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-9
#   params:
#     tier_tag:
#       type: string
#       description: key of the tag that names the tier of an instance
#     public_tiers:
#       type: strings
#       description: values of that tag whose instances may have public addresses
#   limits: >-
#     Judges IPv4 addresses of every interface. Global IPv6 addresses are no exception in a VPC;
#     whether the internet reaches them is judged with routes and groups.
package rules.aws.ec2.instance_public_address

import rego.v1

not_applicable contains {"reason": "the instance is terminated"} if {
	input.properties.State.Name in {"shutting-down", "terminated"}
}

addresses := {address |
	some interface in input.properties.NetworkInterfaces
	some address in interface.PublicIps
}

tiers := {tier |
	some key, tier in input.tags
	key == input.params.tier_tag
	tier in input.params.public_tiers
}

pass if {
	is_array(input.properties.NetworkInterfaces)
	count(addresses) == 0
}

pass if count(tiers) > 0

fail contains {"message": sprintf("%s is public, and no tag names an approved tier", [concat(", ", sort(addresses))]), "at": "/NetworkInterfaces"} if {
	count(addresses) > 0
	count(tiers) == 0
}
