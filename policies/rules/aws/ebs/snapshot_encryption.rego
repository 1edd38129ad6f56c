# METADATA
# title: Snapshot is not encrypted
# description: >-
#   An unencrypted snapshot is a copy of a disk that anyone who gets access to it can restore and
#   read.
# scope: package
# custom:
#   id: AWS-EBS-003
#   severity: high
#   objective: crypto.at_rest
#   resource: AWS::EC2::Snapshot
#   remediation:
#     text: Copy the snapshot with encryption, then delete the original.
#     terraform: |
#       resource "aws_ebs_snapshot_copy" "this" {
#         source_snapshot_id = "snap-0123456789abcdef0"
#         source_region      = "eu-west-1"
#         encrypted          = true
#       }
#     cli: |
#       aws ec2 copy-snapshot --source-region REGION --source-snapshot-id SNAPSHOT_ID --encrypted
#   aliases:
#     prowler: [ec2_ebs_snapshots_encrypted]
#   references:
#     - https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
package rules.aws.ebs.snapshot_encryption

import rego.v1

pass if input.properties.Encrypted == true

fail contains {"message": "the snapshot is not encrypted", "at": "/Encrypted"} if {
	input.properties.Encrypted == false
}
