# METADATA
# title: Privileged role holders are not forced to use MFA
# description: A directory administrator without MFA is one phished password away from the loss of the tenant.
# scope: package
# custom:
#   id: AZ-ENT-001
#   severity: high
#   objective: identity.strong_authentication
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Turn on security defaults, or enforce a conditional access policy that asks all holders of administrator roles for MFA (better, for a phishing-resistant authentication strength), in all applications, from everywhere. Leave out nobody but two emergency accounts, and declare these.
#     terraform: |
#       resource "azuread_conditional_access_policy" "admins" {
#         display_name = "MFA for administrators"
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
#     prowler: [entra_privileged_user_has_mfa, entra_security_defaults_enabled]
#   references:
#     - https://learn.microsoft.com/entra/identity/conditional-access/policy-old-require-mfa-admin
#     - https://learn.microsoft.com/entra/fundamentals/security-defaults
#     - https://learn.microsoft.com/graph/api/resources/conditionalaccesspolicy
#   params:
#     emergency_accounts:
#       type: strings
#       description: user principal names or object ids of accounts that policies may leave out (emergency access, directory synchronisation)
#       default: []
#   limits: Legacy protocols are AZ-ENT-004. Custom directory roles are not counted as privileged, and eligible membership of groups (PIM for Groups) is not read. An account that no policy covers is judged only where its per-user MFA state was read.
package rules.azure.entra.privileged_mfa

import rego.v1

import data.lib.entra

open := entra.uncovered(input.derived.privileged_mfa, input.params.emergency_accounts)

doubt if entra.doubtful(input.derived.privileged_mfa, input.params.emergency_accounts)

pass if {
	not doubt
	count(open) == 0
}

fail contains {"message": entra.line(hole, input.params.emergency_accounts), "at": hole.at, "key": hole.key} if {
	not doubt
	some hole in open
}
