# METADATA
# title: Users may consent to arbitrary applications
# description: A user who clicks "Accept" gives a stranger's application lasting access to mail and files. A changed password does not end it.
# scope: package
# custom:
#   id: AZ-ENT-009
#   severity: medium
#   objective: identity.least_privilege
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Allow no user consent, or only to applications of verified publishers for permissions with low impact, and turn on the admin consent workflow.
#     cli: >-
#       az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy
#       --body '{"defaultUserRolePermissions": {"permissionGrantPoliciesAssigned": []}}'
#     terraform: |
#       resource "msgraph_update_resource" "consent" {
#         url = "policies/authorizationPolicy"
#         body = {
#           defaultUserRolePermissions = {
#             permissionGrantPoliciesAssigned = []
#           }
#         }
#       }
#   aliases:
#     prowler: [entra_policy_restricts_user_consent_for_apps]
#   references:
#     - https://learn.microsoft.com/entra/identity/enterprise-apps/configure-user-consent
#     - https://learn.microsoft.com/graph/api/resources/defaultuserrolepermissions
#   limits: What a consent policy of the tenant's own allows is not read; with one, the rule gives no verdict. Which permissions the tenant classified as low is not looked at.
package rules.azure.entra.user_consent

import rego.v1

assigned := {lower(trim_prefix(p, "ManagePermissionGrantsForSelf.")) |
	some p in input.properties.AuthorizationPolicy.defaultUserRolePermissions.permissionGrantPoliciesAssigned
	startswith(p, "ManagePermissionGrantsForSelf.")
}

# Verified publishers and permissions classified as low; what Microsoft recommends at the time.
narrow := {"microsoft-user-default-low", "microsoft-user-default-recommended"}

pass if {
	is_array(input.properties.AuthorizationPolicy.defaultUserRolePermissions.permissionGrantPoliciesAssigned)
	count(assigned - narrow) == 0
}

fail contains {"message": "users may consent to every application", "at": "/AuthorizationPolicy/defaultUserRolePermissions/permissionGrantPoliciesAssigned"} if {
	"microsoft-user-default-legacy" in assigned
}
