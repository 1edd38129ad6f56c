# METADATA
# title: No multi-region trail records management events
# description: Without a history of API calls in every region an incident cannot be reconstructed.
# scope: package
# custom:
#   id: AWS-CT-001
#   severity: critical
#   objective: logging.produce
#   resource: Assay::AWS::Account
#   related:
#     - type: AWS::CloudTrail::Trail
#       scope: account
#       facets: [TrailName, IsMultiRegionTrail, IsLogging, derived/recorded]
#   remediation:
#     text: Create one trail for all regions (best for the whole organisation) that records read and write management events, and start it.
#     terraform: |
#       resource "aws_cloudtrail" "main" {
#         name                          = "main"
#         s3_bucket_name                = aws_s3_bucket.trail.id
#         is_multi_region_trail         = true
#         include_global_service_events = true
#         enable_log_file_validation    = true
#       }
#     cloudformation: |
#       Type: AWS::CloudTrail::Trail
#       Properties:
#         S3BucketName: !Ref TrailBucket
#         IsMultiRegionTrail: true
#         IncludeGlobalServiceEvents: true
#         EnableLogFileValidation: true
#         IsLogging: true
#     cli: |
#       aws cloudtrail create-trail --name main --s3-bucket-name BUCKET --is-multi-region-trail --enable-log-file-validation
#       aws cloudtrail start-logging --name main
#   aliases:
#     prowler: [cloudtrail_multi_region_enabled_logging_management_events]
#     trivy: [AVD-AWS-0014]
#     securityhub: [CloudTrail.1]
#   references:
#     - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/receive-cloudtrail-log-files-from-multiple-regions.html
#     - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/logging-management-events-with-cloudtrail.html
#   limits: Event data stores of CloudTrail Lake do not count. Event sources that a trail leaves out (KMS, RDS Data API) are not a failure here.
package rules.aws.cloudtrail.multi_region_trail

import rego.v1

# Judged on the account: a missing trail has no resource of its own. A trail of the organisation is
# seen from its member accounts.
trails := input.related["AWS::CloudTrail::Trail"]

recording(trail) if {
	trail.properties.IsMultiRegionTrail == true
	trail.properties.IsLogging == true
}

# Several trails may share the work.
reads if {
	some trail in trails
	recording(trail)
	trail.derived.recorded.management_read == true
}

writes if {
	some trail in trails
	recording(trail)
	trail.derived.recorded.management_write == true
}

pass if {
	reads
	writes
}

fail contains {"message": "the account has no trail", "at": ""} if count(trails) == 0

fail contains {"message": "no trail of all regions records write events", "at": ""} if {
	count(trails) > 0
	not writes
}

fail contains {"message": "trails of all regions record write events but no read events", "at": ""} if {
	count(trails) > 0
	writes
	not reads
}
