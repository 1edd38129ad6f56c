# METADATA
# title: Endpoint policy allows any principal or resource
# description: >-
#   Through an endpoint whose policy names neither who may use it nor what may be reached, data
#   can be carried off to a stranger's account without ever touching the internet. The policy that
#   AWS puts on a new endpoint is of that kind.
# scope: package
# custom:
#   id: AWS-VPC-005
#   severity: medium
#   objective: network.egress_control
#   resource: AWS::EC2::VPCEndpoint
#   remediation:
#     text: >-
#       Name the principals (your organisation) or the resources (your organisation's, or by name)
#       in the endpoint's policy; best both.
#     terraform: |
#       resource "aws_vpc_endpoint" "s3" {
#         vpc_id       = aws_vpc.this.id
#         service_name = "com.amazonaws.eu-west-1.s3"
#         policy = jsonencode({
#           Version = "2012-10-17"
#           Statement = [{
#             Effect    = "Allow"
#             Principal = "*"
#             Action    = "s3:*"
#             Resource  = "*"
#             Condition = { StringEquals = {
#               "aws:PrincipalOrgID" = "o-example"
#               "aws:ResourceOrgID"  = "o-example"
#             } }
#           }]
#         })
#       }
#     cli: |
#       aws ec2 modify-vpc-endpoint --vpc-endpoint-id ENDPOINT_ID --policy-document file://policy.json
#   aliases:
#     prowler: [vpc_endpoint_connections_trust_boundaries]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
#   limits: >-
#     A statement fails where it limits neither principals nor resources. Conditions on networks
#     do not limit principals. Deny statements on resources are not weighed.
package rules.aws.vpc.endpoint_policy_open

import rego.v1

not_applicable contains {"reason": "endpoints of this kind have no policy"} if {
	input.properties.PolicyDocument == null
}

# Conditions that say from where, not who.
places := {"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:sourcevpcarn", "aws:vpcsourceip"}

owners := {"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"}

statements := input.derived.statements

open := [s |
	some s in statements
	s.effect == "allow"
	s.anyone == true
	count([k | some k in s.narrowed_by; not k in places]) == 0
	s.all_resources == true
	count([c | some c in s.conditions; owned(c)]) == 0
]

# The owner of the resource must be there, and be a named one.
owned(c) if {
	c.key in owners
	c.operator in {"stringequals", "stringequalsignorecase", "stringlike"}
	c.if_exists == false
	c.quantifier != "forallvalues"
	every v in c.values { regex.match(`^[^*?]`, v) }
}

pass if {
	is_array(statements)
	count(open) == 0
}

fail contains {"message": "a statement allows any principal on any resource", "at": s.at, "key": s.digest} if {
	some s in open
}
