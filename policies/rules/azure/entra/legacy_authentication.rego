# METADATA
# title: Legacy authentication protocols are not blocked
# description: IMAP, POP, SMTP, old Office and ActiveSync send a password and nothing else. Where they are open, a leaked password passes by every demand for MFA.
# scope: package
# custom:
#   id: AZ-ENT-004
#   severity: high
#   objective: identity.strong_authentication
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Turn on security defaults, or enforce a conditional access policy that blocks Exchange ActiveSync and other clients for all users in all applications. Look into the sign-in log first for what still uses them.
#     terraform: |
#       resource "azuread_conditional_access_policy" "legacy" {
#         display_name = "Block legacy authentication"
#         state        = "enabled"
#         conditions {
#           client_app_types = ["exchangeActiveSync", "other"]
#           applications {
#             included_applications = ["All"]
#           }
#           users {
#             included_users = ["All"]
#           }
#         }
#         grant_controls {
#           operator          = "OR"
#           built_in_controls = ["block"]
#         }
#       }
#     cli: az rest --method post --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies --body @policy.json
#   references:
#     - https://learn.microsoft.com/entra/identity/conditional-access/policy-block-legacy-authentication
#     - https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-conditions
#   params:
#     emergency_accounts:
#       type: strings
#       description: user principal names or object ids of accounts that policies may leave out (emergency access, directory synchronisation)
#       default: []
#   limits: Authentication policies of Exchange Online, which can turn off basic authentication too, are not read.
package rules.azure.entra.legacy_authentication

import rego.v1

import data.lib.entra

open := entra.uncovered(input.derived.legacy_authentication, input.params.emergency_accounts)

doubt if entra.doubtful(input.derived.legacy_authentication, input.params.emergency_accounts)

pass if {
	not doubt
	count(open) == 0
}

fail contains {"message": entra.line(hole, input.params.emergency_accounts), "at": hole.at, "key": hole.key} if {
	not doubt
	some hole in open
}
