# METADATA
# title: Database logs are not exported centrally
# description: The engine's own log of errors and sign-ins is lost with the instance unless it is exported.
# scope: package
# custom:
#   id: AWS-RDS-012
#   severity: medium
#   objective: logging.produce
#   resource: [AWS::RDS::DBInstance, AWS::RDS::DBCluster]
#   params:
#     log_types:
#       type: strings
#       description: Further log types that every database must export, beside the engine's main log.
#       default: []
#   remediation:
#     text: Export the engine's logs to CloudWatch Logs; for MySQL and MariaDB also switch the logs on in the parameter or option group.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         enabled_cloudwatch_logs_exports = ["postgresql", "upgrade"]
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         EnableCloudwatchLogsExports: [postgresql, upgrade]
#     cli: |
#       aws rds modify-db-instance --db-instance-identifier NAME --cloudwatch-logs-export-configuration '{"EnableLogTypes":["postgresql"]}'
#       aws rds modify-db-cluster --db-cluster-identifier NAME --cloudwatch-logs-export-configuration '{"EnableLogTypes":["error","audit"]}'
#   aliases:
#     prowler: [rds_instance_integration_cloudwatch_logs]
#     securityhub: [RDS.9]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html"]
#   limits: Whether the engine writes what is exported (the audit plug-in, the general log) is set in parameter and option groups and is not looked at.
package rules.aws.rds.log_exports

import rego.v1

not_applicable contains {"reason": "the cluster exports the logs of its instances"} if {
	input.type == "AWS::RDS::DBInstance"
	is_string(input.properties.DBClusterIdentifier)
}

not_applicable contains {"reason": "RDS Custom exports no logs; the customer runs the host"} if {
	startswith(input.properties.Engine, "custom-")
}

engine := input.properties.Engine

# The log in which each engine writes sign-ins and errors.
main contains "postgresql" if contains(engine, "postgres")

main contains "error" if contains(engine, "mysql")

main contains "error" if engine in {"mariadb", "aurora"}

main contains "error" if startswith(engine, "sqlserver")

main contains log if {
	startswith(engine, "oracle")
	some log in {"alert", "audit"}
}

main contains "diag.log" if startswith(engine, "db2")

required := main | {log | some log in input.params.log_types}

exported := {log | some log in input.properties.EnableCloudwatchLogsExports}

pass if {
	count(exported) > 0
	count(required - exported) == 0
}

fail contains {"message": "no log is exported", "at": "/EnableCloudwatchLogsExports", "key": "none"} if {
	count(exported) == 0
}

fail contains {"message": sprintf("the %s log is not exported", [log]), "at": "/EnableCloudwatchLogsExports", "key": log} if {
	count(exported) > 0
	some log in required - exported
}
