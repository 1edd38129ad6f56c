# METADATA
# title: Database engine version is deprecated or in extended support
# description: A version after its standard support gets few security fixes or none, and costs extra.
# scope: package
# custom:
#   id: AWS-RDS-011
#   severity: high
#   objective: vulnerability.patching
#   resource: [AWS::RDS::DBInstance, AWS::RDS::DBCluster]
#   remediation:
#     text: Upgrade to a version in standard support; try the upgrade on a restored snapshot first.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         engine_version              = "17"
#         allow_major_version_upgrade = true
#       }
#     cli: |
#       aws rds describe-db-engine-versions --engine ENGINE --engine-version VERSION --query 'DBEngineVersions[].ValidUpgradeTarget[].EngineVersion'
#       aws rds modify-db-instance --db-instance-identifier NAME --engine-version VERSION --allow-major-version-upgrade
#   aliases:
#     prowler: [rds_instance_deprecated_engine_version, rds_instance_extended_support]
#   references:
#     - https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html
#     - https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBMajorEngineVersions.html
#   limits: The provider dates support phases for MySQL, PostgreSQL and Aurora only; other engines are judged by the status of their version.
package rules.aws.rds.engine_support

import rego.v1

# The dates are the provider's own answer of the day, not a table that ages.
now := time.parse_rfc3339_ns(input.now)

not_applicable contains {"reason": "the cluster decides the version of its instances"} if {
	input.type == "AWS::RDS::DBInstance"
	is_string(input.properties.DBClusterIdentifier)
}

deprecated if input.properties.DBEngineVersion.Status != "available"

standard_ends contains phase.LifecycleSupportEndDate if {
	some phase in input.properties.SupportedEngineLifecycles
	phase.LifecycleSupportName == "open-source-rds-standard-support"
}

ended contains end if {
	some end in standard_ends
	time.parse_rfc3339_ns(end) < now
}

pass if {
	input.properties.DBEngineVersion.Status == "available"
	is_array(input.properties.SupportedEngineLifecycles)
	count(ended) == 0
}

fail contains {
	"message": sprintf("%s %s is %s", [input.properties.Engine, input.properties.EngineVersion, input.properties.DBEngineVersion.Status]),
	"at": "/EngineVersion",
	"key": "deprecated",
} if {
	deprecated
}

fail contains {
	"message": sprintf("standard support of %s %s ended on %s", [input.properties.Engine, input.properties.DBEngineVersion.MajorEngineVersion, substring(end, 0, 10)]),
	"at": "/EngineVersion",
	"key": "standard-support-ended",
} if {
	some end in ended
}
