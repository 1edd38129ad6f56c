# METADATA
# title: Workload identity holds administrator-level permissions
# description: Whoever breaks into the workload, or reads its secret, becomes administrator of the subscription.
# scope: package
# custom:
#   id: AZ-IAM-005
#   severity: high
#   objective: identity.privileged_access
#   resource: Microsoft.Authorization/roleAssignments
#   remediation:
#     text: Give the managed identity or application the role for its task (Storage Blob Data Reader, Key Vault Secrets User, Website Contributor) at the resources that it uses.
#     terraform: |
#       resource "azurerm_role_assignment" "app" {
#         scope                = azurerm_storage_account.this.id
#         role_definition_name = "Storage Blob Data Reader"
#         principal_id         = azurerm_linux_web_app.this.identity[0].principal_id
#       }
#     bicep: |
#       resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
#         name: guid(storage.id, app.id)
#         scope: storage
#         properties: {
#           principalId: app.identity.principalId
#           principalType: 'ServicePrincipal'
#           roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')
#         }
#       }
#     cli: az role assignment delete --ids ASSIGNMENT
#   aliases:
#     prowler: [app_function_identity_without_admin_privileges]
#   references:
#     - https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/managed-identity-best-practice-recommendations
#     - https://learn.microsoft.com/azure/role-based-access-control/best-practices
#   limits: Managed identities, applications and services of Microsoft are service principals alike; members of groups are not looked at here. Wide rights over one resource group pass.
package rules.azure.authorization.workload_administrator

import rego.v1

not_applicable contains {"reason": "the principal is no workload"} if {
	input.properties.principalType in {"User", "Group", "ForeignGroup", "Device"}
}

access := input.derived.access

wide := {
	"root": "every management group and subscription",
	"management_group": "a management group",
	"subscription": "a subscription",
}

workload if input.properties.principalType == "ServicePrincipal"

pass if {
	workload
	access.level == "none"
}

pass if {
	workload
	access.scope in {"resource_group", "resource"}
}

fail contains {"message": sprintf("the workload is %s over %s", [access.role, wide[access.scope]]), "at": "/roleDefinitionId"} if {
	workload
	access.level in {"owner", "write"}
	access.scope in object.keys(wide)
}
