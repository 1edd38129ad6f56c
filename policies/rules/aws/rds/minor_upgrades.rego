# METADATA
# title: Automatic minor engine upgrades are off
# description: Security fixes of the engine come in minor versions and would wait for somebody to install them.
# scope: package
# custom:
#   id: AWS-RDS-010
#   severity: medium
#   objective: vulnerability.patching
#   resource: AWS::RDS::DBInstance
#   remediation:
#     text: Turn on automatic minor version upgrades; they run in the maintenance window.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         auto_minor_version_upgrade = true
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         AutoMinorVersionUpgrade: true
#     cli: aws rds modify-db-instance --db-instance-identifier NAME --auto-minor-version-upgrade --apply-immediately
#   aliases:
#     prowler: [rds_instance_minor_version_upgrade_enabled]
#     securityhub: [RDS.13]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Upgrading.html"]
package rules.aws.rds.minor_upgrades

import rego.v1

not_applicable contains {"reason": "on RDS Custom the customer patches the engine"} if {
	startswith(input.properties.Engine, "custom-")
}

pass if input.properties.AutoMinorVersionUpgrade == true

fail contains {"message": "minor versions are not installed automatically", "at": "/AutoMinorVersionUpgrade"} if {
	input.properties.AutoMinorVersionUpgrade == false
}
