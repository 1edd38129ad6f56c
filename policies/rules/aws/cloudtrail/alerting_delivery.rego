# METADATA
# title: Trail is not delivered to an alerting log store
# description: Events that only lie in a bucket alert nobody.
# scope: package
# custom:
#   id: AWS-CT-006
#   severity: medium
#   objective: monitoring.alerting
#   resource: AWS::CloudTrail::Trail
#   params:
#     max_age_hours:
#       type: integer
#       description: How old the latest delivery to CloudWatch Logs may be, in hours.
#       default: 24
#   remediation:
#     text: Let the trail deliver to a CloudWatch Logs group, with a role that may write there.
#     terraform: |
#       resource "aws_cloudtrail" "main" {
#         cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.trail.arn}:*"
#         cloud_watch_logs_role_arn  = aws_iam_role.trail.arn
#       }
#     cloudformation: |
#       Type: AWS::CloudTrail::Trail
#       Properties:
#         CloudWatchLogsLogGroupArn: !GetAtt TrailLogGroup.Arn
#         CloudWatchLogsRoleArn: !GetAtt TrailRole.Arn
#     cli: aws cloudtrail update-trail --name NAME --cloud-watch-logs-log-group-arn GROUP-ARN --cloud-watch-logs-role-arn ROLE-ARN
#   aliases:
#     prowler: [cloudtrail_cloudwatch_logging_enabled]
#     trivy: [AVD-AWS-0162]
#     securityhub: [CloudTrail.5]
#   references: ["https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html"]
#   limits: Other stores that alert (a SIEM that reads the bucket, CloudTrail Lake) are not seen.
package rules.aws.cloudtrail.alerting_delivery

import rego.v1

delivered := input.properties.LatestCloudWatchLogsDeliveryTime

age_hours := (time.parse_rfc3339_ns(input.now) - time.parse_rfc3339_ns(delivered)) / 3600000000000 if is_string(delivered)

pass if {
	is_string(input.properties.CloudWatchLogsLogGroupArn)
	age_hours <= input.params.max_age_hours
}

fail contains {"message": "the trail delivers to no log group", "at": "/CloudWatchLogsLogGroupArn"} if {
	input.properties.CloudWatchLogsLogGroupArn == null
}

fail contains {"message": "a log group is set, and nothing was ever delivered to it", "at": "/LatestCloudWatchLogsDeliveryTime"} if {
	is_string(input.properties.CloudWatchLogsLogGroupArn)
	delivered == null
}

fail contains {"message": sprintf("the latest delivery to the log group was on %s", [substring(delivered, 0, 10)]), "at": "/LatestCloudWatchLogsDeliveryTime"} if {
	is_string(input.properties.CloudWatchLogsLogGroupArn)
	age_hours > input.params.max_age_hours
}
