# METADATA
# title: Privileged directory roles are permanently active
# description: A role that is always active is there for whoever takes over the account. One that is activated for some hours leaves a trace, asks for MFA again and may ask for an approval.
# scope: package
# custom:
#   id: AZ-ENT-006
#   severity: medium
#   objective: identity.privileged_access
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Make the holder eligible in Privileged Identity Management (licence P2), and remove the active assignment. Keep two emergency accounts with a standing role, and declare them.
#     terraform: |
#       resource "azuread_directory_role_eligibility_schedule_request" "this" {
#         role_definition_id = azuread_directory_role.global_administrator.template_id
#         principal_id       = azuread_user.administrator.object_id
#         directory_scope_id = "/"
#         justification      = "activated when needed"
#       }
#     cli: az rest --method delete --url https://graph.microsoft.com/v1.0/roleManagement/directory/roleAssignments/ASSIGNMENT
#   references:
#     - https://learn.microsoft.com/entra/id-governance/privileged-identity-management/pim-configure
#     - https://learn.microsoft.com/graph/api/rbacapplication-list-roleassignmentschedules
#     - https://learn.microsoft.com/entra/identity/role-based-access-control/security-emergency-access
#   params:
#     emergency_accounts:
#       type: strings
#       description: user principal names or object ids of emergency accounts, whose role is meant to be active
#       default: []
#     just_in_time_groups:
#       type: strings
#       description: names or object ids of groups whose membership itself is activated (PIM for Groups)
#       default: []
#   limits: Roles of programs are not judged, for a program cannot activate one. An assignment with an end counts as none that stands, however far the end is. Membership of groups that is activated (PIM for Groups) is not read; declare such groups.
package rules.azure.entra.standing_role

import rego.v1

expected := {lower(d) | some list in [input.params.emergency_accounts, input.params.just_in_time_groups]; some d in list}

open := [one |
	some one in input.derived.standing_roles
	count({lower(one.id), lower(one.name)} & expected) == 0
]

pass if count(open) == 0

fail contains {"message": sprintf("%s %s is always %s", [one.kind, one.name, one.role]), "at": "/DirectoryRoleAssignments", "key": one.key} if {
	some one in open
}
