# METADATA
# title: Management API and admin portals are reachable without MFA
# description: Whoever reaches the resource manager or an admin portal with a password alone can change or delete what runs in every subscription that the account may touch.
# scope: package
# custom:
#   id: AZ-ENT-003
#   severity: high
#   objective: identity.strong_authentication
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Enforce a conditional access policy for all users that asks for MFA in the Windows Azure Service Management API (797f4846-ba00-4fd7-ba43-dac1f8f63013) and in the Microsoft Admin Portals, or in all applications.
#     terraform: |
#       resource "azuread_conditional_access_policy" "management" {
#         display_name = "MFA for management"
#         state        = "enabled"
#         conditions {
#           client_app_types = ["all"]
#           applications {
#             included_applications = ["797f4846-ba00-4fd7-ba43-dac1f8f63013", "MicrosoftAdminPortals"]
#           }
#           users {
#             included_users = ["All"]
#           }
#         }
#         grant_controls {
#           operator          = "OR"
#           built_in_controls = ["mfa"]
#         }
#       }
#     cli: az rest --method post --url https://graph.microsoft.com/v1.0/identity/conditionalAccess/policies --body @policy.json
#   aliases:
#     prowler: [entra_conditional_access_policy_require_mfa_for_management_api, entra_conditional_access_policy_require_mfa_for_admin_portals]
#   references:
#     - https://learn.microsoft.com/entra/identity/conditional-access/policy-old-require-mfa-azure-mgmt
#     - https://learn.microsoft.com/entra/identity/conditional-access/policy-old-require-mfa-admin-portals
#     - https://learn.microsoft.com/graph/api/resources/conditionalaccessapplications
#   params:
#     emergency_accounts:
#       type: strings
#       description: user principal names or object ids of accounts that policies may leave out (emergency access, directory synchronisation)
#       default: []
#   limits: Microsoft's own mandatory MFA for its portals and the resource manager cannot be read from the tenant and is not counted. An account that no policy covers is judged only where its per-user MFA state was read.
package rules.azure.entra.management_mfa

import rego.v1

import data.lib.entra

open := entra.uncovered(input.derived.management_mfa, input.params.emergency_accounts)

doubt if entra.doubtful(input.derived.management_mfa, input.params.emergency_accounts)

pass if {
	not doubt
	count(open) == 0
}

fail contains {"message": entra.line(hole, input.params.emergency_accounts), "at": hole.at, "key": hole.key} if {
	not doubt
	some hole in open
}
