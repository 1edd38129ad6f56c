# METADATA
# title: Database snapshot is not encrypted
# description: Snapshots outlive the database and are easy to copy and to share.
# scope: package
# custom:
#   id: AWS-RDS-005
#   severity: high
#   objective: crypto.at_rest
#   resource: [AWS::RDS::DBSnapshot, AWS::RDS::DBClusterSnapshot]
#   remediation:
#     text: Copy the snapshot with a key and delete the original. Automated snapshots follow their database; encrypt that.
#     terraform: |
#       resource "aws_db_snapshot_copy" "encrypted" {
#         source_db_snapshot_identifier = aws_db_snapshot.this.db_snapshot_arn
#         target_db_snapshot_identifier = "example-encrypted"
#         kms_key_id                    = aws_kms_key.database.arn
#       }
#     cli: |
#       aws rds copy-db-snapshot --source-db-snapshot-identifier NAME --target-db-snapshot-identifier NAME-encrypted --kms-key-id alias/aws/rds
#       aws rds delete-db-snapshot --db-snapshot-identifier NAME
#   aliases:
#     prowler: [rds_snapshots_encrypted]
#     securityhub: [RDS.4]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html"]
package rules.aws.rds.snapshot_encryption

import rego.v1

pass if {
	input.type == "AWS::RDS::DBSnapshot"
	input.properties.Encrypted == true
}

pass if {
	input.type == "AWS::RDS::DBClusterSnapshot"
	input.properties.StorageEncrypted == true
}

fail contains {"message": "the snapshot is not encrypted", "at": "/Encrypted"} if {
	input.type == "AWS::RDS::DBSnapshot"
	input.properties.Encrypted == false
}

fail contains {"message": "the cluster snapshot is not encrypted", "at": "/StorageEncrypted"} if {
	input.type == "AWS::RDS::DBClusterSnapshot"
	input.properties.StorageEncrypted == false
}
