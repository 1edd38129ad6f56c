# METADATA
# title: Database instance storage is not encrypted
# description: Storage, automated backups, read replicas and snapshots of the instance would be readable in clear.
# scope: package
# custom:
#   id: AWS-RDS-003
#   severity: high
#   objective: crypto.at_rest
#   resource: AWS::RDS::DBInstance
#   remediation:
#     text: Encryption cannot be switched on later. Copy a snapshot with a key, restore it as a new instance, move the clients over and delete the old instance.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         storage_encrypted = true
#         kms_key_id        = aws_kms_key.database.arn
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         StorageEncrypted: true
#     cli: |
#       aws rds copy-db-snapshot --source-db-snapshot-identifier NAME --target-db-snapshot-identifier NAME-encrypted --kms-key-id alias/aws/rds
#       aws rds restore-db-instance-from-db-snapshot --db-instance-identifier NEW --db-snapshot-identifier NAME-encrypted
#   aliases:
#     prowler: [rds_instance_storage_encrypted]
#     trivy: [AVD-AWS-0080]
#     securityhub: [RDS.3]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html"]
package rules.aws.rds.instance_encryption

import rego.v1

# A member of a cluster has no storage of its own; AWS-RDS-004 judges the cluster.
not_applicable contains {"reason": "the instance shares the storage of its cluster"} if {
	is_string(input.properties.DBClusterIdentifier)
}

pass if input.properties.StorageEncrypted == true

fail contains {"message": "the storage is not encrypted", "at": "/StorageEncrypted"} if {
	input.properties.StorageEncrypted == false
}
