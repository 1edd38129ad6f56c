# METADATA
# title: Database or cluster snapshot is shared with everyone
# description: Anybody with an AWS account can restore a full copy of the database from a public snapshot.
# scope: package
# custom:
#   id: AWS-RDS-002
#   severity: critical
#   objective: data.no_public_exposure
#   resource: [AWS::RDS::DBSnapshot, AWS::RDS::DBClusterSnapshot]
#   remediation:
#     text: Stop sharing the snapshot with everyone, and treat what it holds as published until access logs say otherwise.
#     terraform: |
#       resource "aws_db_snapshot" "this" {
#         db_instance_identifier = "example"
#         db_snapshot_identifier = "example"
#         shared_accounts        = []
#       }
#     cli: |
#       aws rds modify-db-snapshot-attribute --db-snapshot-identifier NAME --attribute-name restore --values-to-remove all
#       aws rds modify-db-cluster-snapshot-attribute --db-cluster-snapshot-identifier NAME --attribute-name restore --values-to-remove all
#   aliases:
#     prowler: [rds_snapshots_public_access]
#     securityhub: [RDS.1]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html"]
package rules.aws.rds.snapshot_public

import rego.v1

not_applicable contains {"reason": "an automated snapshot cannot be shared"} if {
	input.properties.SnapshotType == "automated"
}

# The accounts that may restore the snapshot; "all" is everybody.
restorers contains account if {
	input.type == "AWS::RDS::DBSnapshot"
	is_array(input.properties.DBSnapshotAttributes)
	some attribute in input.properties.DBSnapshotAttributes
	attribute.AttributeName == "restore"
	some account in attribute.AttributeValues
}

restorers contains account if {
	input.type == "AWS::RDS::DBClusterSnapshot"
	is_array(input.properties.DBClusterSnapshotAttributes)
	some attribute in input.properties.DBClusterSnapshotAttributes
	attribute.AttributeName == "restore"
	some account in attribute.AttributeValues
}

read if {
	input.type == "AWS::RDS::DBSnapshot"
	is_array(input.properties.DBSnapshotAttributes)
}

read if {
	input.type == "AWS::RDS::DBClusterSnapshot"
	is_array(input.properties.DBClusterSnapshotAttributes)
}

pass if {
	read
	not "all" in restorers
}

fail contains {"message": "everybody may restore the snapshot", "at": "/DBSnapshotAttributes"} if {
	input.type == "AWS::RDS::DBSnapshot"
	"all" in restorers
}

fail contains {"message": "everybody may restore the snapshot", "at": "/DBClusterSnapshotAttributes"} if {
	input.type == "AWS::RDS::DBClusterSnapshot"
	"all" in restorers
}
