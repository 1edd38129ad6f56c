# METADATA
# title: Trail log-file integrity validation is off
# description: Log files that somebody changed or deleted could not be told from genuine ones.
# scope: package
# custom:
#   id: AWS-CT-002
#   severity: medium
#   objective: logging.protect
#   resource: AWS::CloudTrail::Trail
#   remediation:
#     text: Turn on log-file validation, and run aws cloudtrail validate-logs before files serve as evidence.
#     terraform: |
#       resource "aws_cloudtrail" "main" {
#         enable_log_file_validation = true
#       }
#     cloudformation: |
#       Type: AWS::CloudTrail::Trail
#       Properties:
#         EnableLogFileValidation: true
#     cli: aws cloudtrail update-trail --name NAME --enable-log-file-validation
#   aliases:
#     prowler: [cloudtrail_log_file_validation_enabled]
#     trivy: [AVD-AWS-0016]
#     securityhub: [CloudTrail.4]
#   references: ["https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html"]
package rules.aws.cloudtrail.log_validation

import rego.v1

pass if input.properties.EnableLogFileValidation == true

fail contains {"message": "log files are not signed", "at": "/EnableLogFileValidation"} if {
	input.properties.EnableLogFileValidation == false
}
