# METADATA
# title: Object-store, runtime or database protections of threat detection are off
# description: The base coverage sees API calls, DNS and flow logs, and misses the main ways to steal data.
# scope: package
# custom:
#   id: AWS-GD-002
#   severity: medium
#   objective: monitoring.threat_detection
#   resource: AWS::GuardDuty::Detector
#   params:
#     features:
#       type: strings
#       description: Names of the detector features that must be on.
#       default: [S3_DATA_EVENTS, RUNTIME_MONITORING, RDS_LOGIN_EVENTS, LAMBDA_NETWORK_LOGS]
#   remediation:
#     text: Turn the missing protections on, best for the whole organisation from the delegated administrator.
#     terraform: |
#       resource "aws_guardduty_detector_feature" "s3" {
#         detector_id = aws_guardduty_detector.this.id
#         name        = "S3_DATA_EVENTS"
#         status      = "ENABLED"
#       }
#     cloudformation: |
#       Type: AWS::GuardDuty::Detector
#       Properties:
#         Enable: true
#         Features:
#           - {Name: S3_DATA_EVENTS, Status: ENABLED}
#           - {Name: RUNTIME_MONITORING, Status: ENABLED}
#           - {Name: RDS_LOGIN_EVENTS, Status: ENABLED}
#           - {Name: LAMBDA_NETWORK_LOGS, Status: ENABLED}
#     cli: aws guardduty update-detector --detector-id ID --features '[{"Name":"S3_DATA_EVENTS","Status":"ENABLED"},{"Name":"RUNTIME_MONITORING","Status":"ENABLED"},{"Name":"RDS_LOGIN_EVENTS","Status":"ENABLED"},{"Name":"LAMBDA_NETWORK_LOGS","Status":"ENABLED"}]'
#   aliases:
#     prowler: [guardduty_s3_protection_enabled, guardduty_rds_protection_enabled, guardduty_eks_runtime_monitoring_enabled, guardduty_lambda_protection_enabled]
#     securityhub: [GuardDuty.6, GuardDuty.7, GuardDuty.9, GuardDuty.10]
#   references: ["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty-features-activation-model.html"]
#   limits: A feature that the region does not offer is missing from the detector and counts as off; leave it out of the parameter there.
package rules.aws.guardduty.protections

import rego.v1

not_applicable contains {"reason": "the detector is suspended, which AWS-GD-001 judges"} if {
	input.properties.Enable == false
}

on contains feature.Name if {
	some feature in input.properties.Features
	feature.Status == "ENABLED"
}

# The older feature for clusters alone cannot be on beside the newer one.
on contains "RUNTIME_MONITORING" if {
	some feature in input.properties.Features
	feature.Name == "EKS_RUNTIME_MONITORING"
	feature.Status == "ENABLED"
}

required := {name | some name in input.params.features}

pass if {
	is_array(input.properties.Features)
	count(required - on) == 0
}

fail contains {"message": sprintf("%s is not on", [name]), "at": "/Features", "key": name} if {
	some name in required - on
}
