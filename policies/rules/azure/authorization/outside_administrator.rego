# METADATA
# title: Privileged role is held by a guest or unknown principal
# description: A guest's account is looked after elsewhere, and a principal that the directory does not know by nobody. Neither should administer resources.
# scope: package
# custom:
#   id: AZ-IAM-004
#   severity: high
#   objective: identity.external_trust
#   resource: Microsoft.Authorization/roleAssignments
#   remediation:
#     text: Remove assignments of deleted principals. Give outside administrators accounts of your own directory, or take them in through access packages with reviews.
#     terraform: |
#       # Remove the azurerm_role_assignment of the guest; assign a group of members instead.
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
#     - https://learn.microsoft.com/azure/role-based-access-control/role-assignments-external-users
#     - https://learn.microsoft.com/azure/role-based-access-control/troubleshooting
#     - https://learn.microsoft.com/graph/api/resources/user
#   limits: Applications of other tenants that hold roles through their service principal here are not judged, nor rights through Azure Lighthouse, nor roles of the directory itself. Privileged are roles that can give out any role or change resources of every service.
package rules.azure.authorization.outside_administrator

import rego.v1

outsiders := input.derived.outsiders

not_applicable contains {"reason": "the role is not privileged"} if outsiders.level == "none"

pass if {
	outsiders.level in {"owner", "write"}
	count(outsiders.found) == 0
}

fail contains {"message": sprintf("%s is held by %s", [outsiders.role, one.message]), "at": "/principalId", "key": one.key} if {
	outsiders.level in {"owner", "write"}
	some one in outsiders.found
}
