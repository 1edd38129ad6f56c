# METADATA
# title: Trail is stopped or has not delivered recently
# description: A trail that is configured and does not deliver leaves no evidence.
# scope: package
# custom:
#   id: AWS-CT-008
#   severity: high
#   objective: logging.produce
#   resource: AWS::CloudTrail::Trail
#   params:
#     max_age_hours:
#       type: integer
#       description: How old the latest delivery of a log file may be, in hours.
#       default: 24
#   remediation:
#     text: Start the trail. If it runs and does not deliver, correct the policies of its bucket and key; the latest delivery error names the cause.
#     terraform: |
#       resource "aws_cloudtrail" "main" {
#         enable_logging = true
#       }
#     cloudformation: |
#       Type: AWS::CloudTrail::Trail
#       Properties:
#         IsLogging: true
#     cli: |
#       aws cloudtrail start-logging --name NAME
#       aws cloudtrail get-trail-status --name NAME
#   references: ["https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html"]
#   limits: The latest delivery error may be stale and does not decide. A region without any activity delivers nothing.
package rules.aws.cloudtrail.delivery

import rego.v1

now := time.parse_rfc3339_ns(input.now)

hours_since(when) := (now - time.parse_rfc3339_ns(when)) / 3600000000000 if is_string(when)

started_just_now if {
	input.properties.IsLogging == true
	input.properties.LatestDeliveryTime == null
	hours_since(input.properties.StartLoggingTime) <= input.params.max_age_hours
}

not_applicable contains {"reason": "started just now; nothing had to be delivered yet"} if started_just_now

pass if {
	input.properties.IsLogging == true
	hours_since(input.properties.LatestDeliveryTime) <= input.params.max_age_hours
}

fail contains {"message": "the trail is stopped", "at": "/IsLogging"} if input.properties.IsLogging == false

fail contains {"message": "the trail runs and has never delivered", "at": "/LatestDeliveryTime"} if {
	input.properties.IsLogging == true
	input.properties.LatestDeliveryTime == null
	not started_just_now
}

fail contains {"message": sprintf("the latest delivery was on %s", [substring(input.properties.LatestDeliveryTime, 0, 10)]), "at": "/LatestDeliveryTime"} if {
	input.properties.IsLogging == true
	hours_since(input.properties.LatestDeliveryTime) > input.params.max_age_hours
}
