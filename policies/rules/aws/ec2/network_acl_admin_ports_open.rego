# METADATA
# title: Network ACL admits remote administration ports from the internet
# description: >-
#   A network ACL is the second wall around a subnet. Where it lets everyone in on SSH (TCP 22) or
#   RDP (TCP 3389), only the security groups are left. Entries are judged in rule order: the first
#   that matches decides.
# scope: package
# custom:
#   id: AWS-EC2-011
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::NetworkAcl
#   remediation:
#     text: >-
#       Add a deny entry for the port before the entry that allows it, or narrow that entry to
#       known addresses.
#     terraform: |
#       resource "aws_network_acl_rule" "no_ssh" {
#         network_acl_id = aws_network_acl.this.id
#         rule_number    = 90
#         egress         = false
#         protocol       = "tcp"
#         rule_action    = "deny"
#         cidr_block     = "0.0.0.0/0"
#         from_port      = 22
#         to_port        = 22
#       }
#     cli: |
#       aws ec2 create-network-acl-entry --network-acl-id ACL_ID --ingress --rule-number 90 --protocol tcp \
#         --port-range From=22,To=22 --cidr-block 0.0.0.0/0 --rule-action deny
#   aliases:
#     prowler:
#       - ec2_networkacl_allow_ingress_tcp_port_22
#       - ec2_networkacl_allow_ingress_tcp_port_3389
#     trivy: [AVD-AWS-0105]
#     securityhub: [EC2.21]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-21
#   limits: >-
#     Sources that together hold at least half of the public addresses count as the internet.
package rules.aws.ec2.network_acl_admin_ports_open

import rego.v1

not_applicable contains {"reason": "guards no subnet"} if {
	is_array(input.properties.Associations)
	count(input.properties.Associations) == 0
}

ports := [22, 3389]

open := [{"line": line, "port": port} |
	some line in input.derived.exposure.open
	line.protocol == "tcp"
	some port in ports
	line.from <= port
	line.to >= port
]

pass if {
	is_array(input.derived.exposure.open)
	count(open) == 0
}

fail contains {"message": sprintf("TCP port %d is let in from %s", [o.port, o.line.cidr]), "at": o.line.at, "key": data.lib.net.port_key(o.line, o.port)} if {
	some o in open
}
