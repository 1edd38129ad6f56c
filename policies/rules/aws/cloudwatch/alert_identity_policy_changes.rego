# METADATA
# title: No alert on identity policy changes
# description: Granting oneself privileges is how an intruder stays.
# scope: package
# custom:
#   id: AWS-CW-006
#   severity: medium
#   objective: monitoring.alerting
#   resource: Assay::AWS::Account
#   remediation:
#     text: Put a metric filter on the log group of the trail, an alarm on its metric, and a topic with a confirmed subscription behind the alarm.
#     terraform: |
#       resource "aws_cloudwatch_log_metric_filter" "alert_identity_policy_changes" {
#         name           = "alert_identity_policy_changes"
#         log_group_name = aws_cloudwatch_log_group.trail.name
#         pattern        = "{ ($.eventSource = iam.amazonaws.com) && (($.eventName = Put*Policy) || ($.eventName = Delete*Policy) || ($.eventName = Attach*Policy) || ($.eventName = Detach*Policy) || ($.eventName = CreatePolicy*) || ($.eventName = DeletePolicyVersion)) }"
#         metric_transformation {
#           name      = "alert_identity_policy_changes"
#           namespace = "Security"
#           value     = "1"
#         }
#       }
#       resource "aws_cloudwatch_metric_alarm" "alert_identity_policy_changes" {
#         alarm_name          = "alert_identity_policy_changes"
#         namespace           = "Security"
#         metric_name         = "alert_identity_policy_changes"
#         statistic           = "Sum"
#         period              = 300
#         evaluation_periods  = 1
#         comparison_operator = "GreaterThanOrEqualToThreshold"
#         threshold           = 1
#         treat_missing_data  = "notBreaching"
#         alarm_actions       = [aws_sns_topic.security.arn]
#       }
#     cli: |
#       aws logs put-metric-filter --log-group-name GROUP --filter-name alert_identity_policy_changes --metric-transformations metricName=alert_identity_policy_changes,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventSource = iam.amazonaws.com) && (($.eventName = Put*Policy) || ($.eventName = Delete*Policy) || ($.eventName = Attach*Policy) || ($.eventName = Detach*Policy) || ($.eventName = CreatePolicy*) || ($.eventName = DeletePolicyVersion)) }'
#       aws cloudwatch put-metric-alarm --alarm-name alert_identity_policy_changes --namespace Security --metric-name alert_identity_policy_changes --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching --alarm-actions TOPIC-ARN
#   aliases:
#     prowler: [cloudwatch_log_metric_filter_policy_changes]
#     trivy: [AVD-AWS-0150]
#     securityhub: [CloudWatch.4]
#   references:
#     - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
#     - https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
#   limits: "What is judged is whether each event would be heard, by running the filter and rule patterns over examples of it: filters on the log group of a logging trail of all regions, with an alarm on their metric, or event rules in every region where the event can arise. Thresholds of alarms are not weighed, and alerts outside CloudWatch and EventBridge (a SIEM) are not seen."
package rules.aws.cloudwatch.alert_identity_policy_changes

import rego.v1

# Judged on the account: an alert that is missing has no resource of its own.
groups := input.derived.alert_identity_policy_changes

pass if {
	count(groups) > 0
	count([g | some g in groups; g.heard == true]) == count(groups)
}

fail contains {"message": sprintf("nobody is told of: %s", [concat(", ", group.missing)]), "at": "", "key": group.key} if {
	some group in groups
	group.heard == false
}
