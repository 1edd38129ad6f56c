# METADATA
# title: Custom role grants owner-level wildcard actions at subscription scope
# description: A custom role with an owner's power is not on the list when somebody reviews who is Owner.
# scope: package
# custom:
#   id: AZ-IAM-001
#   severity: medium
#   objective: identity.privileged_access
#   resource: Microsoft.Authorization/roleDefinitions
#   remediation:
#     text: List the actions that the role needs, or take Microsoft.Authorization/*/write out with notActions, and make the role assignable in the resource groups that need it. Where an owner is meant, assign Owner.
#     terraform: |
#       resource "azurerm_role_definition" "deployer" {
#         name              = "deployer"
#         scope             = azurerm_resource_group.this.id
#         assignable_scopes = [azurerm_resource_group.this.id]
#         permissions {
#           actions     = ["Microsoft.Web/sites/*", "Microsoft.Resources/deployments/*"]
#           not_actions = ["Microsoft.Authorization/*/write"]
#         }
#       }
#     bicep: |
#       resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
#         name: guid(resourceGroup().id, 'deployer')
#         properties: {
#           roleName: 'deployer'
#           type: 'CustomRole'
#           assignableScopes: [resourceGroup().id]
#           permissions: [
#             {
#               actions: ['Microsoft.Web/sites/*', 'Microsoft.Resources/deployments/*']
#               notActions: ['Microsoft.Authorization/*/write']
#             }
#           ]
#         }
#       }
#     cli: az role definition update --role-definition @role.json
#   aliases:
#     prowler: [iam_subscription_roles_owner_custom_not_created]
#     trivy: [AVD-AZU-0030]
#   references:
#     - https://learn.microsoft.com/azure/role-based-access-control/role-definitions
#     - https://learn.microsoft.com/azure/role-based-access-control/custom-roles
#   limits: A role that may change everything but rights (as Contributor may) is no owner here; AZ-IAM-005 counts it. Data actions are not judged.
package rules.azure.authorization.custom_owner_role

import rego.v1

not_applicable contains {"reason": "the role is one of Azure's own"} if input.properties.type == "BuiltInRole"

power := input.derived.power

owner if {
	power.level == "owner"
	count(power.wide_scopes) > 0
}

pass if power.level in {"none", "write"}

pass if {
	power.level == "owner"
	count(power.wide_scopes) == 0
}

fail contains {"message": sprintf("%s can give itself any role: %s", [input.properties.roleName, concat("; ", power.reasons)]), "at": "/permissions"} if {
	owner
}
