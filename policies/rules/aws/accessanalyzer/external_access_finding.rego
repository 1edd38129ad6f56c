# METADATA
# title: External-access finding remains unresolved beyond the allowed time
# description: An active finding is a proven way in from outside on which nobody has decided, neither to close it nor to accept it.
# scope: package
# custom:
#   id: AWS-AA-002
#   severity: high
#   objective: data.sharing_monitoring
#   resource: Assay::AWS::AccessAnalyzerFinding
#   remediation:
#     text: Remove the access, or archive the finding (an archive rule, where it is a pattern) if it is intended.
#     cli: aws accessanalyzer update-findings --analyzer-arn ANALYZER_ARN --ids FINDING_ID --status ARCHIVED
#   aliases:
#     prowler: [accessanalyzer_enabled_without_findings]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-findings-remediate.html
#   params:
#     max_days:
#       type: integer
#       description: Days within which a finding must be resolved or archived.
#       default: 30
#   limits: Where no analyzer is active there are no findings either; that is AWS-AA-001.
package rules.aws.accessanalyzer.external_access_finding

import rego.v1

not_applicable contains {"reason": "the finding is decided"} if {
	input.properties.Status in {"ARCHIVED", "RESOLVED"}
}

not_applicable contains {"reason": "the finding is not about access from outside"} if {
	is_string(input.properties.FindingType)
	input.properties.FindingType != "ExternalAccess"
}

day := ((24 * 60) * 60) * 1000000000

age := time.parse_rfc3339_ns(input.now) - time.parse_rfc3339_ns(input.properties.CreatedAt)

allowed := input.params.max_days * day

pass if age <= allowed

fail contains {"message": sprintf("open for %d days", [floor(age / day)]), "at": "/CreatedAt"} if age > allowed
