# METADATA
# title: Program holds a permission with which it can take over the directory
# description: A program with such a permission can make itself, or anybody, administrator of the directory. Its secret is as good as a global administrator's password, and knows no second factor.
# scope: package
# custom:
#   id: AZ-ENT-013
#   severity: high
#   objective: identity.privileged_access
#   resource: Microsoft.Graph/servicePrincipals
#   remediation:
#     text: Give the program the narrow permission for its task (Application.ReadWrite.OwnedBy for applications that it made itself, User.ReadWrite.All or GroupMember.ReadWrite.All with role-assignable groups left out), or a directory role over an administrative unit. Keep what is left on programs that nobody but administrators can change, with a managed identity in place of a secret.
#     terraform: |
#       # Remove the azuread_app_role_assignment of the wide permission; assign the narrow one.
#       resource "azuread_app_role_assignment" "this" {
#         app_role_id         = data.azuread_service_principal.graph.app_role_ids["Application.ReadWrite.OwnedBy"]
#         principal_object_id = azuread_service_principal.this.object_id
#         resource_object_id  = data.azuread_service_principal.graph.object_id
#       }
#     cli: az rest --method delete --url https://graph.microsoft.com/v1.0/servicePrincipals/PRINCIPAL/appRoleAssignments/ASSIGNMENT
#   references:
#     - https://learn.microsoft.com/graph/permissions-reference
#     - https://learn.microsoft.com/entra/identity/role-based-access-control/privileged-roles-permissions
#     - https://learn.microsoft.com/entra/architecture/service-accounts-principal
#   limits: Application permissions of Microsoft Graph are judged; permissions of other APIs, delegated permissions and directory roles of the program are not, nor rights that need several permissions together. Microsoft's own programs are not judged.
package rules.azure.entra.directory_permission

import rego.v1

# The tenant in which Microsoft registers its own applications.
microsoft := "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

not_applicable contains {"reason": "the service principal is disabled: it gets no tokens"} if input.properties.accountEnabled == false

not_applicable contains {"reason": "the program is Microsoft's own"} if {
	is_string(input.properties.appOwnerOrganizationId)
	lower(input.properties.appOwnerOrganizationId) == microsoft
}

pass if count(input.derived.directory_permissions) == 0

fail contains {"message": sprintf("it holds %s of Microsoft Graph", [permission]), "at": "", "key": permission} if {
	some permission in input.derived.directory_permissions
}
