# METADATA
# title: Database instance is publicly accessible
# description: Anybody on the internet can knock at the database's port; its password is then the only defence.
# scope: package
# custom:
#   id: AWS-RDS-001
#   severity: critical
#   objective: network.no_untrusted_exposure
#   resource: AWS::RDS::DBInstance
#   remediation:
#     text: Take the public address away, keep the database in private subnets, and let only the security groups of its clients in.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         publicly_accessible = false
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         PubliclyAccessible: false
#     cli: aws rds modify-db-instance --db-instance-identifier NAME --no-publicly-accessible --apply-immediately
#   aliases:
#     prowler: [rds_instance_no_public_access]
#     trivy: [AVD-AWS-0180]
#     securityhub: [RDS.2]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"]
#   limits: A public address that no route, network ACL and security group together open to the internet is not a failure here. Proxies, load balancers and peered networks in front of the database are not followed, so a database that is reachable only through one of them passes. Where a route leads to an appliance (the endpoint of a Network Firewall or Gateway Load Balancer, a network interface) or to another network (a transit gateway, a private gateway), the way behind it is not followed, and the database is not assessed, unless another way is open or another piece of the way is closed.
package rules.aws.rds.public_instance

import rego.v1

pass if input.derived.exposure.public == false

fail contains {"message": input.derived.exposure.reason, "at": "/PubliclyAccessible"} if {
	input.derived.exposure.public == true
}
