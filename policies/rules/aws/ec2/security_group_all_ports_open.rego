# METADATA
# title: Security group opens all ports to the internet
# description: >-
#   Every service that listens behind the group is reachable from the internet, also those that
#   nobody knows of.
# scope: package
# custom:
#   id: AWS-EC2-003
#   severity: critical
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::SecurityGroup
#   remediation:
#     text: Replace the rule by one rule for each port that must be public.
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "https" {
#         security_group_id = aws_security_group.this.id
#         ip_protocol       = "tcp"
#         from_port         = 443
#         to_port           = 443
#         cidr_ipv4         = "0.0.0.0/0"
#       }
#     cli: |
#       aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID
#       aws ec2 revoke-security-group-ingress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#   aliases:
#     prowler: [ec2_securitygroup_allow_ingress_from_internet_to_all_ports]
#     trivy: [AVD-AWS-0107]
#     securityhub: [EC2.19]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   limits: >-
#     Sources that together hold at least half of the public addresses count as the internet. The
#     provider's own prefix lists (its edge locations, for example) do not. Judges the group, not
#     whether something uses it.
package rules.aws.ec2.security_group_all_ports_open

import rego.v1

every_protocol := [line |
	some line in input.derived.exposure.open
	line.protocol == "all"
]

# Ports 0 or 1 to the last one: nothing listens on port 0. What a rule for every protocol opens is
# reported once.
every_port := [line |
	some line in input.derived.exposure.open
	line.protocol in {"tcp", "udp"}
	line.from <= 1
	line.to == 65535
	count([l | some l in every_protocol; l.family == line.family]) == 0
]

pass if {
	is_array(input.derived.exposure.open)
	count(every_protocol) == 0
	count(every_port) == 0
}

fail contains {"message": sprintf("every protocol and port is open to %s", [line.cidr]), "at": line.at, "key": data.lib.net.key(line)} if {
	some line in every_protocol
}

fail contains {"message": sprintf("every %s port is open to %s", [upper(line.protocol), line.cidr]), "at": line.at, "key": sprintf("%s/all/%s", [line.protocol, line.cidr])} if {
	some line in every_port
}
