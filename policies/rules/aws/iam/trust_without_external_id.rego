# METADATA
# title: Third-party cross-account trust has no external ID
# description: A vendor serves many customers with one account. Without an external id another customer can make the vendor act on this role.
# scope: package
# custom:
#   id: AWS-IAM-034
#   severity: high
#   objective: identity.external_trust
#   resource: AWS::IAM::Role
#   remediation:
#     text: Agree on an external id with the vendor, who must make it up for each customer, and ask for it.
#     terraform: |
#       data "aws_iam_policy_document" "trust" {
#         statement {
#           actions = ["sts:AssumeRole"]
#           principals {
#             type        = "AWS"
#             identifiers = ["arn:aws:iam::111122223333:root"]
#           }
#           condition {
#             test     = "StringEquals"
#             variable = "sts:ExternalId"
#             values   = ["4711"]
#           }
#         }
#       }
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
#   related:
#     - {type: "AWS::Organizations::Account", scope: estate, facets: [AccountId]}
#   limits: An account counts as a third party if the organisation does not list it.
package rules.aws.iam.trust_without_external_id

import rego.v1

own := {a.properties.AccountId | some a in input.related["AWS::Organizations::Account"]}

# A statement that asks for the external id, or for the organisation of the caller.
safe := {"sts:externalid", "aws:principalorgid", "aws:principalorgpaths"}

external := [account | some s in input.derived.trust; some account in s.external_accounts]

not_applicable contains {"reason": "the role trusts no other account"} if count(external) == 0

bad := [{"account": account, "at": s.at, "key": sprintf("%s/%s", [s.digest, account])} |
	some s in input.derived.trust
	"sts:assumerole" in s.grants
	some account in s.external_accounts
	not account in own
	count([k | some k in s.narrowed_by; k in safe]) == 0
]

pass if count(bad) == 0

fail contains {"message": sprintf("account %s may assume the role without an external id", [b.account]), "at": b.at, "key": b.key} if {
	some b in bad
}
