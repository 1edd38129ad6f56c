# METADATA
# title: Log group keeps its events for ever
# description: Logs without an end date hold personal data longer than anybody needs it.
# scope: package
# custom:
#   id: AWS-CW-001
#   severity: medium
#   objective: logging.retention
#   resource: AWS::Logs::LogGroup
#   remediation:
#     text: Set the retention that the log's purpose needs.
#     terraform: |
#       resource "aws_cloudwatch_log_group" "this" {
#         retention_in_days = 365
#       }
#     cloudformation: |
#       Type: AWS::Logs::LogGroup
#       Properties:
#         RetentionInDays: 365
#     cli: aws logs put-retention-policy --log-group-name NAME --retention-in-days 365
#   aliases:
#     prowler: [cloudwatch_log_group_retention_policy_specific_days_enabled]
#     securityhub: [CloudWatch.16]
#   references: ["https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"]
package rules.aws.cloudwatch.log_retention

import rego.v1

not_applicable contains {"reason": "a group of the delivery class keeps its events for a fixed, short time"} if {
	input.properties.LogGroupClass == "DELIVERY"
}

pass if input.properties.RetentionInDays > 0

fail contains {"message": "events never expire", "at": "/RetentionInDays"} if {
	input.properties.RetentionInDays == null
}

fail contains {"message": "events never expire", "at": "/RetentionInDays"} if {
	is_number(input.properties.RetentionInDays)
	input.properties.RetentionInDays <= 0
}
