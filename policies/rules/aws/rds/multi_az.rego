# METADATA
# title: Production database is not deployed across zones
# description: A database in one zone is down as long as its zone or its host is.
# scope: package
# custom:
#   id: AWS-RDS-008
#   severity: medium
#   objective: resilience.redundancy
#   resource: [AWS::RDS::DBInstance, AWS::RDS::DBCluster]
#   params:
#     production_tag:
#       type: string
#       description: The tag that marks production, as "key=value". Keys and values count as written.
#   remediation:
#     text: Turn on Multi-AZ, or for Aurora add a reader in another zone.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         multi_az = true
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         MultiAZ: true
#     cli: |
#       aws rds modify-db-instance --db-instance-identifier NAME --multi-az --apply-immediately
#       aws rds create-db-instance --db-instance-identifier NAME-reader --db-cluster-identifier CLUSTER --engine ENGINE --db-instance-class CLASS --availability-zone OTHER-ZONE
#   aliases:
#     prowler: [rds_instance_multi_az, rds_cluster_multi_az]
#     securityhub: [RDS.5]
#   references:
#     - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.html
#     - https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html
package rules.aws.rds.multi_az

import rego.v1

production if {
	some key, value in input.tags
	sprintf("%s=%s", [key, value]) == input.params.production_tag
}

not_applicable contains {"reason": "not tagged as production"} if not production

not_applicable contains {"reason": "the zones of a cluster are judged on the cluster"} if {
	input.type == "AWS::RDS::DBInstance"
	is_string(input.properties.DBClusterIdentifier)
}

not_applicable contains {"reason": "a read replica; its source carries the availability"} if {
	is_string(input.properties.ReadReplicaSourceDBInstanceIdentifier)
}

pass if input.properties.MultiAZ == true

fail contains {"message": "the database runs in one zone", "at": "/MultiAZ"} if {
	input.properties.MultiAZ == false
}
