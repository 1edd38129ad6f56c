# METADATA
# title: Database does not force encrypted client connections
# description: Clients may fall back to sessions in clear text, passwords and query results included.
# scope: package
# custom:
#   id: AWS-RDS-006
#   severity: medium
#   objective: crypto.in_transit
#   resource: [AWS::RDS::DBParameterGroup, AWS::RDS::DBClusterParameterGroup]
#   remediation:
#     text: Set rds.force_ssl (PostgreSQL, SQL Server) or require_secure_transport (MySQL, MariaDB) in a parameter group of your own and use it. Check first that every client speaks TLS. Where the parameter is static, reboot.
#     terraform: |
#       resource "aws_db_parameter_group" "this" {
#         family = "postgres16"
#         parameter {
#           name  = "rds.force_ssl"
#           value = "1"
#         }
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBParameterGroup
#       Properties:
#         Family: postgres16
#         Parameters:
#           rds.force_ssl: "1"
#     cli: |
#       aws rds modify-db-parameter-group --db-parameter-group-name NAME --parameters "ParameterName=rds.force_ssl,ParameterValue=1,ApplyMethod=pending-reboot"
#       aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name NAME --parameters "ParameterName=require_secure_transport,ParameterValue=ON,ApplyMethod=immediate"
#   aliases:
#     prowler: [rds_instance_transport_encrypted]
#   references:
#     - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html
#     - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/mysql-ssl-connections.html
#   limits: A changed static parameter holds only after a reboot, which is not looked at. Oracle and Db2 set transport encryption outside parameter groups that are read here.
package rules.aws.rds.forced_tls

import rego.v1

# Judged on the group and not on each database: the group is what is wrong and what is corrected.
not_applicable contains {"reason": "Aurora sets this in the cluster's parameter group"} if {
	input.type == "AWS::RDS::DBParameterGroup"
	startswith(input.properties.Family, "aurora")
}

switch := "rds.force_ssl" if startswith(input.properties.Family, "postgres")

switch := "rds.force_ssl" if startswith(input.properties.Family, "aurora-postgresql")

switch := "rds.force_ssl" if startswith(input.properties.Family, "sqlserver")

switch := "require_secure_transport" if startswith(input.properties.Family, "mysql")

switch := "require_secure_transport" if startswith(input.properties.Family, "mariadb")

switch := "require_secure_transport" if startswith(input.properties.Family, "aurora-mysql")

# The oldest Aurora MySQL family.
switch := "require_secure_transport" if startswith(input.properties.Family, "aurora5")

on := {"1", "ON", "on", "On", "true", "TRUE"}

forced if input.properties.Parameters[switch] in on

pass if forced

fail contains {"message": sprintf("%s does not offer %s", [input.properties.Family, switch]), "at": "/Parameters"} if {
	not switch in object.keys(input.properties.Parameters)
}

fail contains {"message": sprintf("%s has no value, and the engine's default is off", [switch]), "at": sprintf("/Parameters/%s", [switch])} if {
	input.properties.Parameters[switch] == null
}

fail contains {"message": sprintf("%s is %s", [switch, input.properties.Parameters[switch]]), "at": sprintf("/Parameters/%s", [switch])} if {
	is_string(input.properties.Parameters[switch])
	not forced
}
