# METADATA
# title: Key vault is not protected against purge
# description: Whoever may delete the vault can also purge it, and with the keys every byte that they encrypt is gone for good.
# scope: package
# custom:
#   id: AZ-KV-001
#   severity: high
#   objective: resilience.deletion_protection
#   resource: Microsoft.KeyVault/vaults
#   remediation:
#     text: Turn on purge protection. It cannot be turned off again, and what is deleted stays for the days of soft delete.
#     cli: az keyvault update --name NAME --resource-group GROUP --enable-purge-protection true
#     bicep: |
#       resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
#         name: name
#         location: location
#         properties: {
#           tenantId: tenant().tenantId
#           sku: { family: 'A', name: 'standard' }
#           enableSoftDelete: true
#           enablePurgeProtection: true
#         }
#       }
#     terraform: |
#       resource "azurerm_key_vault" "this" {
#         purge_protection_enabled   = true
#         soft_delete_retention_days = 90
#       }
#   aliases:
#     prowler: [keyvault_recoverable]
#     trivy: [AVD-AZU-0016]
#   references:
#     - https://learn.microsoft.com/en-us/azure/key-vault/general/soft-delete-overview
package rules.azure.keyvault.purge_protection

import rego.v1

# Soft delete is on where nothing else is said: new vaults cannot turn it off.
soft if input.properties.enableSoftDelete == null

soft if input.properties.enableSoftDelete == true

pass if {
	soft
	input.properties.enablePurgeProtection == true
}

fail contains {"message": "a deleted vault can be purged at once", "at": "/enablePurgeProtection", "key": "purge"} if {
	input.properties.enablePurgeProtection == null
}

fail contains {"message": "a deleted vault can be purged at once", "at": "/enablePurgeProtection", "key": "purge"} if {
	input.properties.enablePurgeProtection == false
}

fail contains {"message": "a deleted vault is gone: soft delete is off", "at": "/enableSoftDelete", "key": "soft"} if {
	input.properties.enableSoftDelete == false
}
