# METADATA
# title: Threat detection is off in a used region
# description: Misused credentials, malware and exfiltration in the region would go unnoticed.
# scope: package
# custom:
#   id: AWS-GD-001
#   severity: high
#   objective: monitoring.threat_detection
#   resource: Assay::AWS::Region
#   related:
#     - type: AWS::GuardDuty::Detector
#       scope: region
#       facets: [Enable]
#   remediation:
#     text: Enable GuardDuty in every region in use, best for the whole organisation from a delegated administrator.
#     terraform: |
#       resource "aws_guardduty_detector" "this" {
#         enable = true
#       }
#     cloudformation: |
#       Type: AWS::GuardDuty::Detector
#       Properties:
#         Enable: true
#     cli: aws guardduty create-detector --enable --region REGION
#   aliases:
#     prowler: [guardduty_is_enabled]
#     securityhub: [GuardDuty.1]
#   references: ["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_regions.html"]
#   limits: Detection by other products is not seen.
package rules.aws.guardduty.enabled

import rego.v1

# Judged on the region: a missing detector has no resource of its own.
not_applicable contains {"reason": "nothing was found in this region"} if {
	input.derived.in_use.used == false
}

detectors := input.related["AWS::GuardDuty::Detector"]

enabled contains detector.id if {
	some detector in detectors
	detector.properties.Enable == true
}

pass if count(enabled) > 0

fail contains {"message": "the region has no detector", "at": ""} if count(detectors) == 0

fail contains {"message": "the region's detector is suspended", "at": ""} if {
	count(detectors) > 0
	count(enabled) == 0
}
