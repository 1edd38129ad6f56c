# METADATA
# title: High-severity threat findings are older than the response target
# description: Alerts that nobody handles show that the response process does not work.
# scope: package
# custom:
#   id: AWS-GD-004
#   severity: high
#   objective: monitoring.timely_response
#   resource: AWS::GuardDuty::Detector
#   related:
#     - type: AWS::GuardDuty::Finding
#       scope: region
#       facets: [Id, DetectorId, Type, Severity, CreatedAt]
#   params:
#     max_age_hours:
#       type: integer
#       description: How long a finding of high severity may stay open (not archived), in hours.
#       default: 72
#   remediation:
#     text: Investigate each finding, contain what it shows, and archive it once it is handled.
#     cli: |
#       aws guardduty get-findings --detector-id ID --finding-ids FINDING
#       aws guardduty archive-findings --detector-id ID --finding-ids FINDING
#   aliases:
#     prowler: [guardduty_no_high_severity_findings]
#   references: ["https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html"]
#   limits: A finding that is handled in a ticket and not archived counts as open.
package rules.aws.guardduty.overdue_findings

import rego.v1

# Judged on the detector, so that a region without overdue findings is seen to pass. The age counts
# from the first sighting: an event that repeats refreshes the update time and would never be overdue.
not_applicable contains {"reason": "the detector is suspended, which AWS-GD-001 judges"} if {
	input.properties.Enable == false
}

findings := input.related["AWS::GuardDuty::Finding"]

now := time.parse_rfc3339_ns(input.now)

overdue contains finding.properties.Id if {
	some finding in findings
	finding.properties.Severity >= 7
	(now - time.parse_rfc3339_ns(finding.properties.CreatedAt)) / 3600000000000 > input.params.max_age_hours
}

pass if {
	is_array(findings)
	count(overdue) == 0
}

fail contains {
	"message": sprintf("%s is open since %s", [finding.properties.Type, substring(finding.properties.CreatedAt, 0, 10)]),
	"at": "",
	"key": finding.properties.Id,
} if {
	some finding in findings
	finding.properties.Id in overdue
}
