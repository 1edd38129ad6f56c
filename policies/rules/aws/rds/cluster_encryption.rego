# METADATA
# title: Database cluster storage is not encrypted
# description: The cluster volume holds the complete data set of all its instances, and its backups inherit its encryption.
# scope: package
# custom:
#   id: AWS-RDS-004
#   severity: high
#   objective: crypto.at_rest
#   resource: AWS::RDS::DBCluster
#   remediation:
#     text: Encryption cannot be switched on later. Restore a snapshot of the cluster with a key as a new cluster, move the clients over and delete the old one.
#     terraform: |
#       resource "aws_rds_cluster" "this" {
#         storage_encrypted = true
#         kms_key_id        = aws_kms_key.database.arn
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBCluster
#       Properties:
#         StorageEncrypted: true
#     cli: |
#       aws rds restore-db-cluster-from-snapshot --db-cluster-identifier NEW --snapshot-identifier NAME --engine ENGINE --kms-key-id alias/aws/rds
#   aliases:
#     prowler: [rds_cluster_storage_encrypted]
#     trivy: [AVD-AWS-0079]
#     securityhub: [RDS.27]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Overview.Encryption.html"]
package rules.aws.rds.cluster_encryption

import rego.v1

pass if input.properties.StorageEncrypted == true

fail contains {"message": "the cluster's storage is not encrypted", "at": "/StorageEncrypted"} if {
	input.properties.StorageEncrypted == false
}
