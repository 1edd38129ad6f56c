# METADATA
# title: Public snapshot sharing is not blocked account-wide
# description: >-
#   Blocking all public sharing takes snapshots that are public out of reach and keeps any other
#   from becoming so.
# scope: package
# custom:
#   id: AWS-EBS-005
#   severity: medium
#   objective: data.no_public_exposure
#   resource: Assay::AWS::Region
#   remediation:
#     text: Block all public sharing of snapshots in every region.
#     terraform: |
#       resource "aws_ebs_snapshot_block_public_access" "this" {
#         state = "block-all-sharing"
#       }
#     cli: |
#       aws ec2 enable-snapshot-block-public-access --region REGION --state block-all-sharing
#   aliases:
#     prowler: [ec2_ebs_snapshot_account_block_public_access]
#     securityhub: [EC2.182]
#   references:
#     - https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-182
#   limits: A region is judged whether it is used or not.
package rules.aws.ebs.region_snapshot_public_sharing

import rego.v1

state := input.properties.SnapshotBlockPublicAccess.State

pass if state == "block-all-sharing"

fail contains {"message": "snapshots can be shared with everyone", "at": "/SnapshotBlockPublicAccess/State"} if {
	state == "unblocked"
}

fail contains {"message": "only new sharing is blocked: snapshots that are public stay so", "at": "/SnapshotBlockPublicAccess/State"} if {
	state == "block-new-sharing"
}
