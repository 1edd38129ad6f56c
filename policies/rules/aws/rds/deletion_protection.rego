# METADATA
# title: Database deletion protection is off
# description: One call, or one plan of infrastructure code, could destroy the system of record.
# scope: package
# custom:
#   id: AWS-RDS-009
#   severity: medium
#   objective: resilience.deletion_protection
#   resource: [AWS::RDS::DBInstance, AWS::RDS::DBCluster]
#   remediation:
#     text: Turn on deletion protection.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         deletion_protection = true
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         DeletionProtection: true
#     cli: |
#       aws rds modify-db-instance --db-instance-identifier NAME --deletion-protection --apply-immediately
#       aws rds modify-db-cluster --db-cluster-identifier NAME --deletion-protection --apply-immediately
#   aliases:
#     prowler: [rds_instance_deletion_protection, rds_cluster_deletion_protection]
#     trivy: [AVD-AWS-0177, AVD-AWS-0343]
#     securityhub: [RDS.8]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"]
package rules.aws.rds.deletion_protection

import rego.v1

# The data lies in the cluster: its protection counts, and its instances come and go.
not_applicable contains {"reason": "the data belongs to the cluster, which is judged itself"} if {
	input.type == "AWS::RDS::DBInstance"
	is_string(input.properties.DBClusterIdentifier)
}

pass if input.properties.DeletionProtection == true

fail contains {"message": "deletion protection is off", "at": "/DeletionProtection"} if {
	input.properties.DeletionProtection == false
}
