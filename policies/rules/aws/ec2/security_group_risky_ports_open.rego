# METADATA
# title: Security group opens other high-risk or legacy ports to the internet
# description: >-
#   Telnet, FTP, mail retrieval, file sharing, remote procedure calls, container and cluster
#   interfaces and development servers are exploited as a matter of routine, and many answer
#   without any login.
# scope: package
# custom:
#   id: AWS-EC2-005
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::SecurityGroup
#   remediation:
#     text: >-
#       Revoke the rules. Publish what must be public through a load balancer with TLS, and reach
#       the rest from inside.
#     cli: |
#       aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID
#       aws ec2 revoke-security-group-ingress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#   aliases:
#     prowler:
#       - ec2_securitygroup_allow_ingress_from_internet_to_high_risk_tcp_ports
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_telnet_23
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_ftp_20_21
#     trivy: [AVD-AWS-0107]
#     securityhub: [EC2.19]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-19
#   params:
#     tcp_ports:
#       type: integers
#       description: TCP ports that never face the internet
#       default:
#         [20, 21, 23, 25, 69, 110, 111, 135, 137, 138, 139, 143, 389, 445, 512, 513, 514, 873,
#         2049, 2375, 2376, 3000, 4333, 4444, 5000, 5500, 5601, 5800, 5900, 5985, 5986, 6443,
#         8080, 8088, 8888, 9090, 10250]
#     udp_ports:
#       type: integers
#       description: UDP ports that never face the internet
#       default: [69, 111, 137, 138, 161, 389, 1900, 11211]
#   limits: >-
#     Sources that together hold at least half of the public addresses count as the internet. The
#     provider's own prefix lists (its edge locations, for example) do not. Judges the group, not
#     whether something uses it.
package rules.aws.ec2.security_group_risky_ports_open

import rego.v1

open := [{"line": line, "port": port} |
	some line in input.derived.exposure.open
	some port in ports[line.protocol]
	line.from <= port
	line.to >= port
]

ports := {"tcp": input.params.tcp_ports, "udp": input.params.udp_ports}

pass if {
	is_array(input.derived.exposure.open)
	is_array(ports.tcp)
	is_array(ports.udp)
	count(open) == 0
}

fail contains {"message": sprintf("%s port %d is open to %s", [upper(o.line.protocol), o.port, o.line.cidr]), "at": o.line.at, "key": data.lib.net.port_key(o.line, o.port)} if {
	some o in open
}
