# METADATA
# title: Security alarm notifies nobody
# description: An alarm without a confirmed recipient gives false comfort.
# scope: package
# custom:
#   id: AWS-CW-011
#   severity: medium
#   objective: monitoring.alerting
#   resource: AWS::CloudWatch::Alarm
#   remediation:
#     text: Enable the alarm's actions and let them reach a topic whose subscription somebody confirmed.
#     terraform: |
#       resource "aws_cloudwatch_metric_alarm" "this" {
#         actions_enabled = true
#         alarm_actions   = [aws_sns_topic.security.arn]
#       }
#     cloudformation: |
#       Type: AWS::CloudWatch::Alarm
#       Properties:
#         ActionsEnabled: true
#         AlarmActions: [!Ref SecurityTopic]
#     cli: |
#       aws cloudwatch enable-alarm-actions --alarm-names NAME
#       aws sns subscribe --topic-arn TOPIC-ARN --protocol email --notification-endpoint ADDRESS
#   aliases:
#     prowler: [cloudwatch_alarm_actions_enabled, cloudwatch_alarm_actions_alarm_state_configured]
#     securityhub: [CloudWatch.15, CloudWatch.17]
#   references: ["https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html"]
#   limits: A security alarm is one that watches a metric of a metric filter on a trail's log group. Whether a recipient reads what it gets is not seen.
package rules.aws.cloudwatch.alarm_notifies

import rego.v1

not_applicable contains {"reason": "the alarm watches no metric of a trail's events"} if {
	input.derived.notification.security == false
}

pass if input.derived.notification.received == true

fail contains {"message": input.derived.notification.reason, "at": "/AlarmActions"} if {
	input.derived.notification.received == false
}
