# METADATA
# title: Transit gateway auto-accepts attachments
# description: >-
#   Accounts with which the gateway is shared can attach their networks to it without anybody
#   looking.
# scope: package
# custom:
#   id: AWS-VPC-009
#   severity: medium
#   objective: network.segmentation
#   resource: AWS::EC2::TransitGateway
#   remediation:
#     text: Turn automatic acceptance off and accept attachments one by one.
#     terraform: |
#       resource "aws_ec2_transit_gateway" "this" {
#         auto_accept_shared_attachments = "disable"
#       }
#     cli: |
#       aws ec2 modify-transit-gateway --transit-gateway-id TGW_ID --options AutoAcceptSharedAttachments=disable
#   aliases:
#     prowler: [ec2_transitgateway_auto_accept_vpc_attachments]
#     securityhub: [EC2.23]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-23
package rules.aws.vpc.transit_gateway_auto_accept

import rego.v1

not_applicable contains {"reason": "the gateway belongs to another account"} if {
	input.properties.OwnerId != input.account
}

not_applicable contains {"reason": "the gateway is deleted"} if {
	input.properties.State in {"deleting", "deleted"}
}

pass if input.properties.AutoAcceptSharedAttachments == "disable"

fail contains {"message": "attachments of other accounts are accepted automatically", "at": "/AutoAcceptSharedAttachments"} if {
	input.properties.AutoAcceptSharedAttachments == "enable"
}
