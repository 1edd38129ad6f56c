# METADATA
# title: Automated backups are disabled or kept too briefly
# description: Corruption and deletion are often noticed late; a short retention then leaves nothing to recover from.
# scope: package
# custom:
#   id: AWS-RDS-007
#   severity: high
#   objective: resilience.backup
#   resource: [AWS::RDS::DBInstance, AWS::RDS::DBCluster]
#   params:
#     min_days:
#       type: integer
#       description: Shortest acceptable retention of automated backups, in days.
#       default: 7
#   remediation:
#     text: Set the retention of automated backups to at least the required number of days.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         backup_retention_period = 7
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         BackupRetentionPeriod: 7
#     cli: |
#       aws rds modify-db-instance --db-instance-identifier NAME --backup-retention-period 7 --apply-immediately
#       aws rds modify-db-cluster --db-cluster-identifier NAME --backup-retention-period 7 --apply-immediately
#   aliases:
#     prowler: [rds_instance_backup_enabled]
#     trivy: [AVD-AWS-0077]
#     securityhub: [RDS.11]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"]
#   limits: Backups made by AWS Backup or by other tools do not count here.
package rules.aws.rds.backup_retention

import rego.v1

not_applicable contains {"reason": "the cluster makes the backups of its instances"} if {
	input.type == "AWS::RDS::DBInstance"
	is_string(input.properties.DBClusterIdentifier)
}

not_applicable contains {"reason": "a read replica; its source is backed up"} if {
	is_string(input.properties.ReadReplicaSourceDBInstanceIdentifier)
}

not_applicable contains {"reason": "a read replica; its source is backed up"} if {
	is_string(input.properties.ReadReplicaSourceDBClusterIdentifier)
}

pass if {
	input.properties.BackupRetentionPeriod >= 1
	input.properties.BackupRetentionPeriod >= input.params.min_days
}

fail contains {"message": "automated backups are off", "at": "/BackupRetentionPeriod"} if {
	input.properties.BackupRetentionPeriod < 1
}

fail contains {"message": sprintf("backups are kept %d days, %d are required", [input.properties.BackupRetentionPeriod, input.params.min_days]), "at": "/BackupRetentionPeriod"} if {
	input.properties.BackupRetentionPeriod >= 1
	input.properties.BackupRetentionPeriod < input.params.min_days
}
