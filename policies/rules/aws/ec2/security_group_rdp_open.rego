# METADATA
# title: Security group opens RDP to the internet
# description: >-
#   Everyone can try passwords, keys and exploits against RDP (TCP 3389). Remote administration
#   belongs behind Session Manager, a VPN or known addresses.
# scope: package
# custom:
#   id: AWS-EC2-002
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::SecurityGroup
#   remediation:
#     text: >-
#       Revoke the rules that open TCP 3389 to the internet. Reach hosts through Session Manager,
#       or admit only the addresses of a VPN or bastion.
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "admin" {
#         security_group_id = aws_security_group.this.id
#         ip_protocol       = "tcp"
#         from_port         = 3389
#         to_port           = 3389
#         cidr_ipv4         = "10.0.0.0/8"
#       }
#     cli: |
#       aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID
#       aws ec2 revoke-security-group-ingress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#   aliases:
#     prowler: [ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_3389]
#     trivy: [AVD-AWS-0107]
#     securityhub: [EC2.14]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-14
#   limits: >-
#     Sources that together hold at least half of the public addresses count as the internet. The
#     provider's own prefix lists (its edge locations, for example) do not. Judges the group, not
#     whether something uses it.
package rules.aws.ec2.security_group_rdp_open

import rego.v1

open := [line |
	some line in input.derived.exposure.open
	line.protocol == "tcp"
	line.from <= 3389
	line.to >= 3389
]

pass if {
	is_array(input.derived.exposure.open)
	count(open) == 0
}

fail contains {"message": sprintf("TCP port 3389 (RDP) is open to %s", [line.cidr]), "at": line.at, "key": data.lib.net.port_key(line, 3389)} if {
	some line in open
}
