# METADATA
# title: In-use volume is covered by no backup plan or lifecycle policy
# description: A disk without copies is lost with the first deletion, defect or extortion.
# scope: package
# custom:
#   id: AWS-EBS-007
#   severity: medium
#   objective: resilience.backup
#   resource: AWS::EC2::Volume
#   remediation:
#     text: >-
#       Add the volume, or its instance, to a backup plan, for example by a tag that the plan
#       selects; or let a lifecycle policy take snapshots.
#     terraform: |
#       resource "aws_backup_selection" "tagged" {
#         name         = "tagged"
#         plan_id      = aws_backup_plan.daily.id
#         iam_role_arn = aws_iam_role.backup.arn
#         selection_tag {
#           type  = "STRINGEQUALS"
#           key   = "backup"
#           value = "daily"
#         }
#       }
#     cli: |
#       aws ec2 create-tags --resources VOLUME_ID --tags Key=backup,Value=daily
#   aliases:
#     prowler: [ec2_ebs_volume_protected_by_backup_plan, ec2_ebs_volume_snapshots_exists]
#     securityhub: [EC2.28]
#   references:
#     - https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListProtectedResources.html
#     - https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-lifecycle.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-28
#   limits: >-
#     AWS Backup lists what it has backed up at least once, so a plan that has not run yet does
#     not count; snapshots that other tools take do not either. Lifecycle policies count by their
#     target tags and exclusions.
package rules.aws.ebs.volume_backup

import rego.v1

not_applicable contains {"reason": "not in use"} if {
	input.properties.State != "in-use"
}

by := input.derived.backed_up.by

pass if count(by) > 0

fail contains {"message": "no backup plan and no lifecycle policy covers the volume", "at": ""} if {
	is_array(by)
	count(by) == 0
}
