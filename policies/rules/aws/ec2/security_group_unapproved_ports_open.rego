# METADATA
# title: Security group admits internet traffic on ports not in the approved public list
# description: >-
#   What faces the internet is decided, written down and nothing else. Which ports that are only
#   the organisation can say.
# scope: package
# custom:
#   id: AWS-EC2-006
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::SecurityGroup
#   remediation:
#     text: Revoke the rule, or have the port approved and add it to the list.
#     cli: |
#       aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID
#       aws ec2 revoke-security-group-ingress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#   aliases:
#     prowler: [ec2_securitygroup_allow_ingress_from_internet_to_any_port]
#     trivy: [AVD-AWS-0107]
#     securityhub: [EC2.18]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-18
#   params:
#     tcp_ports:
#       type: integers
#       description: TCP ports that are approved to face the internet
#     udp_ports:
#       type: integers
#       description: UDP ports that are approved to face the internet
#       default: []
#   limits: >-
#     Sources that together hold at least half of the public addresses count as the internet. The
#     provider's own prefix lists (its edge locations, for example) do not. Judges the group, not
#     whether something uses it. Protocols without ports (ICMP, ESP) are not judged.
package rules.aws.ec2.security_group_unapproved_ports_open

import rego.v1

approved := {"tcp": input.params.tcp_ports, "udp": input.params.udp_ports}

unapproved := [line |
	some line in input.derived.exposure.open
	line.protocol in {"tcp", "udp"}
	ports := {port | some port in approved[line.protocol]; port >= line.from; port <= line.to}
	count(ports) < (line.to - line.from) + 1
]

pass if {
	is_array(input.derived.exposure.open)
	is_array(approved.tcp)
	is_array(approved.udp)
	count(unapproved) == 0
}

fail contains {"message": sprintf("%s %s is open to %s, and not every port of it is approved", [upper(line.protocol), data.lib.net.span(line), line.cidr]), "at": line.at, "key": data.lib.net.key(line)} if {
	some line in unapproved
}
