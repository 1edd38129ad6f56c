# METADATA
# title: Security group admits very large public address ranges
# description: >-
#   A public range of many thousand addresses belongs to strangers for the most part. It narrows
#   the internet without closing it.
# scope: package
# custom:
#   id: AWS-EC2-007
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::SecurityGroup
#   remediation:
#     text: >-
#       Replace the range by the addresses that are needed, or by a managed prefix list that
#       somebody owns.
#     terraform: |
#       resource "aws_ec2_managed_prefix_list" "partners" {
#         name           = "partners"
#         address_family = "IPv4"
#         max_entries    = 5
#         entry {
#           cidr        = "198.51.100.7/32"
#           description = "the partner's gateway"
#         }
#       }
#     cli: |
#       aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID
#       aws ec2 revoke-security-group-ingress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#   aliases:
#     prowler: [ec2_securitygroup_allow_wide_open_public_ipv4]
#     trivy: [AVD-AWS-0107]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   params:
#     shortest_ipv4_prefix:
#       type: integer
#       description: IPv4 ranges with a shorter prefix than this are too wide
#       default: 24
#     shortest_ipv6_prefix:
#       type: integer
#       description: IPv6 ranges with a shorter prefix than this are too wide (a site has a /48)
#       default: 48
#   limits: >-
#     Ranges that the internet does not route (RFC 1918, unique local IPv6 addresses and the like)
#     are not public. Adjacent ranges count as one. What holds half of the public addresses or
#     more is the internet and is judged by other rules. The provider's own prefix lists are not
#     judged.
package rules.aws.ec2.security_group_wide_ranges

import rego.v1

shortest := {"ipv4": input.params.shortest_ipv4_prefix, "ipv6": input.params.shortest_ipv6_prefix}

wide := [line |
	some line in input.derived.exposure.ranges
	line.prefix < shortest[line.family]
]

# What every protocol admits is reported once.
every_protocol := {line.cidr | some line in wide; line.protocol == "all"}

pass if {
	is_array(input.derived.exposure.ranges)
	is_number(shortest.ipv4)
	is_number(shortest.ipv6)
	count(wide) == 0
}

fail contains {"message": sprintf("the public range %s is admitted on %s %s", [line.cidr, line.protocol, data.lib.net.span(line)]), "at": line.at, "key": data.lib.net.key(line)} if {
	some line in wide
	line.protocol == "all"
}

fail contains {"message": sprintf("the public range %s is admitted on %s %s", [line.cidr, line.protocol, data.lib.net.span(line)]), "at": line.at, "key": data.lib.net.key(line)} if {
	some line in wide
	line.protocol != "all"
	not line.cidr in every_protocol
}
