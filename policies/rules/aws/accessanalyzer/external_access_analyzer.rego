# METADATA
# title: No external-access analyzer is active in a used region
# description: The analyzer reports every resource that is shared with somebody outside. Without one in each region, unintended sharing stays undiscovered there.
# scope: package
# custom:
#   id: AWS-AA-001
#   severity: medium
#   objective: data.sharing_monitoring
#   resource: Assay::AWS::Region
#   remediation:
#     text: Create an analyzer of type ACCOUNT, or one of type ORGANIZATION in the organisation's administrator account, in each region.
#     terraform: |
#       resource "aws_accessanalyzer_analyzer" "this" {
#         analyzer_name = "external-access"
#         type          = "ACCOUNT"
#       }
#     cli: aws accessanalyzer create-analyzer --analyzer-name external-access --type ACCOUNT --region REGION
#   aliases:
#     prowler: [accessanalyzer_enabled]
#     securityhub: [IAM.28]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/what-is-access-analyzer.html
#   related:
#     - {type: "AWS::AccessAnalyzer::Analyzer", scope: region, facets: [Type, Status]}
#   limits: An organisation's analyzer lies in the administrator's account and is not shown to the members; a member without one of its own fails.
package rules.aws.accessanalyzer.external_access_analyzer

import rego.v1

analyzers := input.related["AWS::AccessAnalyzer::Analyzer"]

external := [analyzer |
	some analyzer in analyzers
	analyzer.properties.Type in {"ACCOUNT", "ORGANIZATION"}
]

active := [analyzer |
	some analyzer in external
	analyzer.properties.Status == "ACTIVE"
]

pass if count(active) > 0

fail contains {"message": "the region has no analyzer for access from outside", "at": ""} if {
	is_array(analyzers)
	count(external) == 0
}

fail contains {"message": "no analyzer for access from outside is active in the region", "at": ""} if {
	count(external) > 0
	count(active) == 0
}
