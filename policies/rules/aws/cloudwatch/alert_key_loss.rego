# METADATA
# title: No alert on key disablement or scheduled deletion
# description: Who loses a key loses the data under it; a scheduled deletion can still be stopped.
# scope: package
# custom:
#   id: AWS-CW-008
#   severity: medium
#   objective: monitoring.alerting
#   resource: Assay::AWS::Account
#   remediation:
#     text: Put a metric filter on the log group of the trail, an alarm on its metric, and a topic with a confirmed subscription behind the alarm.
#     terraform: |
#       resource "aws_cloudwatch_log_metric_filter" "alert_key_loss" {
#         name           = "alert_key_loss"
#         log_group_name = aws_cloudwatch_log_group.trail.name
#         pattern        = "{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }"
#         metric_transformation {
#           name      = "alert_key_loss"
#           namespace = "Security"
#           value     = "1"
#         }
#       }
#       resource "aws_cloudwatch_metric_alarm" "alert_key_loss" {
#         alarm_name          = "alert_key_loss"
#         namespace           = "Security"
#         metric_name         = "alert_key_loss"
#         statistic           = "Sum"
#         period              = 300
#         evaluation_periods  = 1
#         comparison_operator = "GreaterThanOrEqualToThreshold"
#         threshold           = 1
#         treat_missing_data  = "notBreaching"
#         alarm_actions       = [aws_sns_topic.security.arn]
#       }
#     cli: |
#       aws logs put-metric-filter --log-group-name GROUP --filter-name alert_key_loss --metric-transformations metricName=alert_key_loss,metricNamespace=Security,metricValue=1 --filter-pattern '{ ($.eventSource = kms.amazonaws.com) && (($.eventName = DisableKey) || ($.eventName = ScheduleKeyDeletion)) }'
#       aws cloudwatch put-metric-alarm --alarm-name alert_key_loss --namespace Security --metric-name alert_key_loss --statistic Sum --period 300 --evaluation-periods 1 --threshold 1 --comparison-operator GreaterThanOrEqualToThreshold --treat-missing-data notBreaching --alarm-actions TOPIC-ARN
#   aliases:
#     prowler: [cloudwatch_log_metric_filter_disable_or_scheduled_deletion_of_kms_cmk]
#     trivy: [AVD-AWS-0153]
#     securityhub: [CloudWatch.7]
#   references:
#     - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
#     - https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
#   limits: "What is judged is whether each event would be heard, by running the filter and rule patterns over examples of it: filters on the log group of a logging trail of all regions, with an alarm on their metric, or event rules in every region where the event can arise. Thresholds of alarms are not weighed, and alerts outside CloudWatch and EventBridge (a SIEM) are not seen. A trail that leaves out the events of KMS does not count."
package rules.aws.cloudwatch.alert_key_loss

import rego.v1

# Judged on the account: an alert that is missing has no resource of its own.
groups := input.derived.alert_key_loss

pass if {
	count(groups) > 0
	count([g | some g in groups; g.heard == true]) == count(groups)
}

fail contains {"message": sprintf("nobody is told of: %s", [concat(", ", group.missing)]), "at": "", "key": group.key} if {
	some group in groups
	group.heard == false
}
