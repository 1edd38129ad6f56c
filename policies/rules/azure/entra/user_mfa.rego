# METADATA
# title: Non-privileged users are not forced to use MFA
# description: Ordinary accounts are the usual way in. From one of them an attacker reads mail and files and looks for the next.
# scope: package
# custom:
#   id: AZ-ENT-002
#   severity: high
#   objective: identity.strong_authentication
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Turn on security defaults, or enforce a conditional access policy that asks all users, guests included, for MFA in all applications, from everywhere.
#     terraform: |
#       resource "azuread_conditional_access_policy" "everybody" {
#         display_name = "MFA for everybody"
#         state        = "enabled"
#         conditions {
#           client_app_types = ["all"]
#           applications {
#             included_applications = ["All"]
#           }
#           users {
#             included_users  = ["All"]
#             excluded_groups = [azuread_group.emergency.object_id]
#           }
#         }
#         grant_controls {
#           operator          = "OR"
#           built_in_controls = ["mfa"]
#         }
#       }
#     cli: az rest --method post --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies --body @policy.json
#   aliases:
#     prowler: [entra_non_privileged_user_has_mfa]
#   references:
#     - https://learn.microsoft.com/entra/identity/conditional-access/policy-all-users-mfa-strength
#     - https://learn.microsoft.com/entra/identity/conditional-access/concept-conditional-access-users-groups
#   params:
#     emergency_accounts:
#       type: strings
#       description: user principal names or object ids of accounts that policies may leave out (emergency access, directory synchronisation)
#       default: []
#   limits: Legacy protocols are AZ-ENT-004. With security defaults Microsoft decides at which sign-ins an ordinary user is asked. An account that no policy covers is judged only where its per-user MFA state was read.
package rules.azure.entra.user_mfa

import rego.v1

import data.lib.entra

open := entra.uncovered(input.derived.user_mfa, input.params.emergency_accounts)

doubt if entra.doubtful(input.derived.user_mfa, input.params.emergency_accounts)

pass if {
	not doubt
	count(open) == 0
}

fail contains {"message": entra.line(hole, input.params.emergency_accounts), "at": hole.at, "key": hole.key} if {
	not doubt
	some hole in open
}
