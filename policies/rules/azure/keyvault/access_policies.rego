# METADATA
# title: Vault uses legacy access policies instead of role-based access
# description: >-
#   Access policies are given for the whole vault, appear in no review of role assignments, and
#   whoever may change the vault (Contributor) can give himself one.
# scope: package
# custom:
#   id: AZ-KV-005
#   severity: medium
#   objective: identity.least_privilege
#   resource: Microsoft.KeyVault/vaults
#   remediation:
#     text: Give the clients of the vault roles first, then turn on role-based access; access policies stop to count at once.
#     cli: |
#       az role assignment create --role "Key Vault Secrets User" --assignee CLIENT --scope VAULT-ID
#       az keyvault update --name NAME --resource-group GROUP --enable-rbac-authorization true
#     bicep: |
#       resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
#         name: name
#         location: location
#         properties: {
#           tenantId: tenant().tenantId
#           sku: { family: 'A', name: 'standard' }
#           enableRbacAuthorization: true
#         }
#       }
#     terraform: |
#       resource "azurerm_key_vault" "this" {
#         rbac_authorization_enabled = true
#       }
#   aliases:
#     prowler: [keyvault_rbac_enabled]
#   references:
#     - https://learn.microsoft.com/en-us/azure/key-vault/general/rbac-access-policy
package rules.azure.keyvault.access_policies

import rego.v1

pass if input.properties.enableRbacAuthorization == true

fail contains {"message": "access policies decide who reads the vault", "at": "/enableRbacAuthorization"} if {
	input.properties.enableRbacAuthorization == false
}

fail contains {"message": "role-based access was never turned on, so access policies decide", "at": "/enableRbacAuthorization"} if {
	input.properties.enableRbacAuthorization == null
}
