# METADATA
# title: Subnet assigns public addresses automatically
# description: >-
#   Everything that is launched here gets an address that the internet can reach, whether it
#   should face it or not.
# scope: package
# custom:
#   id: AWS-VPC-002
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::Subnet
#   remediation:
#     text: Turn the assignment off. Ask for a public address at launch where one is needed.
#     terraform: |
#       resource "aws_subnet" "this" {
#         vpc_id                          = aws_vpc.this.id
#         cidr_block                      = "10.0.1.0/24"
#         map_public_ip_on_launch         = false
#         assign_ipv6_address_on_creation = false
#       }
#     cli: |
#       aws ec2 modify-subnet-attribute --subnet-id SUBNET_ID --no-map-public-ip-on-launch
#       aws ec2 modify-subnet-attribute --subnet-id SUBNET_ID --no-assign-ipv6-address-on-creation
#   aliases:
#     prowler: [vpc_subnet_no_public_ip_by_default]
#     trivy: [AVD-AWS-0164]
#     securityhub: [EC2.15]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-15
#   limits: >-
#     IPv6 addresses of a VPC are global. Their assignment counts where the subnet's IPv6 routes
#     lead to an internet gateway; behind an egress-only gateway they are not reachable. Routes to
#     an appliance (a firewall's endpoint, a network interface) or to another network (a transit
#     gateway, a private gateway) are not followed: the subnet is then not assessed.
package rules.aws.vpc.subnet_public_addresses

import rego.v1

pass if {
	input.properties.MapPublicIpOnLaunch == false
	input.derived.assigned_ipv6.public == false
}

fail contains {"message": "instances get a public IPv4 address", "at": "/MapPublicIpOnLaunch", "key": "ipv4"} if {
	input.properties.MapPublicIpOnLaunch == true
}

fail contains {"message": "instances get an IPv6 address that is routed to the internet", "at": "/AssignIpv6AddressOnCreation", "key": "ipv6"} if {
	input.derived.assigned_ipv6.public == true
}
