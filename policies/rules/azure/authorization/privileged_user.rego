# METADATA
# title: Privileged role is assigned directly to a user instead of a group
# description: A person who changes jobs leaves a group, and the group's roles with it. A role of their own stays until somebody remembers it.
# scope: package
# custom:
#   id: AZ-IAM-003
#   severity: medium
#   objective: identity.privileged_access
#   resource: Microsoft.Authorization/roleAssignments
#   remediation:
#     text: Assign the role to a group whose members are looked after with joiners, movers and leavers; or make the person eligible in Privileged Identity Management.
#     terraform: |
#       resource "azurerm_role_assignment" "platform" {
#         scope                = azurerm_resource_group.this.id
#         role_definition_name = "Contributor"
#         principal_id         = azuread_group.platform.object_id
#         principal_type       = "Group"
#       }
#     bicep: |
#       resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
#         name: guid(resourceGroup().id, groupId)
#         properties: {
#           principalId: groupId
#           principalType: 'Group'
#           roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b24988ac-6180-42a0-ab88-20f7382dd24c')
#         }
#       }
#     cli: az role assignment delete --ids ASSIGNMENT
#   references:
#     - https://learn.microsoft.com/azure/role-based-access-control/best-practices
#     - https://learn.microsoft.com/azure/role-based-access-control/role-assignments-list-rest
#   params:
#     emergency_accounts:
#       type: strings
#       description: object ids of emergency accounts, which need roles of their own
#       default: []
#   limits: Privileged are roles that can give out any role or change resources of every service, at whatever scope. Activations of Privileged Identity Management pass. Who is in a group is not judged here.
package rules.azure.authorization.privileged_user

import rego.v1

access := input.derived.access

privileged if access.level in {"owner", "write"}

not_applicable contains {"reason": "the role is not privileged"} if access.level == "none"

not_applicable contains {"reason": "the principal is neither a user nor a group of this directory"} if {
	input.properties.principalType in {"ServicePrincipal", "ForeignGroup", "Device"}
}

not_applicable contains {"reason": "the account is declared as an emergency account"} if {
	some account in input.params.emergency_accounts
	lower(account) == lower(input.properties.principalId)
}

activated if input.properties.roleAssignmentScheduleInstance.assignmentType == "Activated"

pass if {
	privileged
	input.properties.principalType == "Group"
}

pass if {
	privileged
	input.properties.principalType == "User"
	activated
}

fail contains {"message": sprintf("user %s holds %s by an assignment of their own", [input.properties.principalId, access.role]), "at": "/principalId"} if {
	privileged
	input.properties.principalType == "User"
	not activated
}
