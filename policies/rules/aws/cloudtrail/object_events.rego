# METADATA
# title: Object-level events are not recorded for sensitive buckets
# description: Who read, changed or deleted an object with personal data could not be traced.
# scope: package
# custom:
#   id: AWS-CT-007
#   severity: medium
#   objective: logging.produce
#   resource: AWS::S3::Bucket
#   related:
#     - type: AWS::CloudTrail::Trail
#       scope: account
#       facets: [TrailName, HomeRegion, IsMultiRegionTrail, IsLogging, derived/recorded]
#   params:
#     sensitive_buckets:
#       type: strings
#       description: Names of the buckets whose objects' reads and writes must be recorded; a name may end in "*".
#   remediation:
#     text: Record data events of the bucket, reads and writes, in a trail.
#     terraform: |
#       resource "aws_cloudtrail" "main" {
#         advanced_event_selector {
#           field_selector {
#             field  = "eventCategory"
#             equals = ["Data"]
#           }
#           field_selector {
#             field  = "resources.type"
#             equals = ["AWS::S3::Object"]
#           }
#           field_selector {
#             field       = "resources.ARN"
#             starts_with = ["arn:aws:s3:::BUCKET/"]
#           }
#         }
#       }
#     cli: |
#       aws cloudtrail put-event-selectors --trail-name NAME --advanced-event-selectors '[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]}]},{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::BUCKET/"]}]}]'
#   aliases:
#     prowler: [cloudtrail_s3_dataevents_read_enabled, cloudtrail_s3_dataevents_write_enabled]
#     trivy: [AVD-AWS-0171, AVD-AWS-0172]
#     securityhub: [S3.22, S3.23]
#   references: ["https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-data-events-with-cloudtrail.html"]
#   limits: Selectors that leave some object events out by name, source or principal do not count as recording. Event data stores of CloudTrail Lake and trails of other accounts do not count.
package rules.aws.cloudtrail.object_events

import rego.v1

# Judged on the bucket: one failure for each bucket that is not covered.
declared contains pattern if {
	some pattern in input.params.sensitive_buckets
	pattern == input.name
}

declared contains pattern if {
	some pattern in input.params.sensitive_buckets
	endswith(pattern, "*")
	startswith(input.name, trim_suffix(pattern, "*"))
}

not_applicable contains {"reason": "not declared as sensitive"} if count(declared) == 0

objects := sprintf("%s/", [input.id])

# Trails that see the bucket: it lies in their region, or they look at all.
trails contains trail if {
	some trail in input.related["AWS::CloudTrail::Trail"]
	trail.properties.IsLogging == true
	trail.properties.IsMultiRegionTrail == true
}

trails contains trail if {
	some trail in input.related["AWS::CloudTrail::Trail"]
	trail.properties.IsLogging == true
	trail.properties.HomeRegion == input.region
}

reads if {
	some trail in trails
	some prefix in trail.derived.recorded.object_reads
	startswith(objects, prefix)
}

writes if {
	some trail in trails
	some prefix in trail.derived.recorded.object_writes
	startswith(objects, prefix)
}

pass if {
	reads
	writes
}

fail contains {"message": "no trail records reads of its objects", "at": "", "key": "reads"} if not reads

fail contains {"message": "no trail records writes of its objects", "at": "", "key": "writes"} if not writes
