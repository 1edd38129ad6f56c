# METADATA
# title: Snapshot is shared with everyone
# description: >-
#   Public snapshots of all accounts are searched for keys and personal data around the clock.
#   Whoever restores one has the whole disk.
# scope: package
# custom:
#   id: AWS-EBS-004
#   severity: critical
#   objective: data.no_public_exposure
#   resource: AWS::EC2::Snapshot
#   remediation:
#     text: >-
#       Take back the permission of everyone, and treat what was on the disk as known to others.
#     cli: |
#       aws ec2 modify-snapshot-attribute --snapshot-id SNAPSHOT_ID --attribute createVolumePermission --operation-type remove --group-names all
#   aliases:
#     prowler: [ec2_ebs_public_snapshot]
#     securityhub: [EC2.1]
#   references:
#     - https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-1
#   limits: >-
#     A permission that block public access (all sharing) makes void is still a permission: it
#     returns when the block is lifted.
package rules.aws.ebs.snapshot_public

import rego.v1

pass if input.properties.Public == false

fail contains {"message": "everyone may restore the snapshot", "at": "/Public"} if {
	input.properties.Public == true
}
