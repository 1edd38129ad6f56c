# METADATA
# title: Number of global administrators is outside the allowed band
# description: Each global administrator can do everything in the tenant. Many of them are many ways in; with one alone, one lost phone locks everybody out.
# scope: package
# custom:
#   id: AZ-ENT-005
#   severity: medium
#   objective: identity.privileged_access
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Give administrators the narrower role that their task needs, activated through Privileged Identity Management. Keep two emergency accounts.
#     cli: az rest --method delete --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments/ASSIGNMENT
#     terraform: |
#       resource "azuread_directory_role" "narrower" {
#         display_name = "User Administrator"
#       }
#       # In the place of the assignment of "Global Administrator", which goes.
#       resource "azuread_directory_role_assignment" "narrower" {
#         role_id             = azuread_directory_role.narrower.template_id
#         principal_object_id = "PERSON"
#       }
#   aliases:
#     prowler: [entra_global_admin_in_less_than_five_users]
#   references:
#     - https://learn.microsoft.com/entra/identity/role-based-access-control/best-practices
#     - https://learn.microsoft.com/graph/api/resources/unifiedroleassignment
#   params:
#     least:
#       type: integer
#       description: the fewest holders of the role, emergency accounts included
#       default: 2
#     most:
#       type: integer
#       description: the most holders of the role, with those that may activate it
#       default: 4
#   limits: Enabled accounts are counted, directly and through groups, and applications that hold the role. Eligible membership of groups (PIM for Groups) is not read. Whether an account is used by several people cannot be seen.
package rules.azure.entra.global_administrators

import rego.v1

found := input.derived.global_administrators

holders := (count(found.active) + count(found.eligible)) + found.service_principals

pass if {
	holders >= input.params.least
	holders <= input.params.most
}

fail contains {"message": sprintf("%d accounts hold the role or may activate it, more than %d: %s", [holders, input.params.most, names]), "at": "/DirectoryRoleAssignments"} if {
	holders > input.params.most
}

fail contains {"message": sprintf("%d accounts hold the role or may activate it, fewer than %d", [holders, input.params.least]), "at": "/DirectoryRoleAssignments"} if {
	holders < input.params.least
}

names := concat(", ", array.slice([a.name | some a in array.concat(found.active, found.eligible)], 0, 10))
