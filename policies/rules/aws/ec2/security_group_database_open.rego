# METADATA
# title: Security group opens database ports to the internet
# description: >-
#   A database that faces the internet is found within hours and then attacked without end.
#   Databases answer applications, not the world.
# scope: package
# custom:
#   id: AWS-EC2-004
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: AWS::EC2::SecurityGroup
#   remediation:
#     text: >-
#       Revoke the rules that open database ports to the internet and admit the application's
#       security group instead.
#     terraform: |
#       resource "aws_vpc_security_group_ingress_rule" "database" {
#         security_group_id            = aws_security_group.database.id
#         ip_protocol                  = "tcp"
#         from_port                    = 5432
#         to_port                      = 5432
#         referenced_security_group_id = aws_security_group.application.id
#       }
#     cli: |
#       aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID
#       aws ec2 revoke-security-group-ingress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#   aliases:
#     prowler:
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mysql_3306
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_mongodb_27017_27018
#       - ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_redis_6379
#     trivy: [AVD-AWS-0107]
#     securityhub: [EC2.19]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#   params:
#     ports:
#       type: integers
#       description: TCP ports on which databases and caches listen
#       default:
#         [1433, 1434, 1521, 2483, 2484, 3050, 3306, 5432, 5439, 5984, 6379, 7474, 7687, 8086,
#         8529, 9042, 9200, 9300, 11211, 26257, 27017, 27018, 27019, 50000]
#   limits: >-
#     Sources that together hold at least half of the public addresses count as the internet. The
#     provider's own prefix lists (its edge locations, for example) do not. Judges the group, not
#     whether something uses it.
package rules.aws.ec2.security_group_database_open

import rego.v1

open := [{"line": line, "port": port} |
	some line in input.derived.exposure.open
	line.protocol == "tcp"
	some port in input.params.ports
	line.from <= port
	line.to >= port
]

pass if {
	is_array(input.derived.exposure.open)
	is_array(input.params.ports)
	count(open) == 0
}

fail contains {"message": sprintf("TCP port %d (database) is open to %s", [o.port, o.line.cidr]), "at": o.line.at, "key": data.lib.net.port_key(o.line, o.port)} if {
	some o in open
}
