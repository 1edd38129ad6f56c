# METADATA
# title: Storage account permits clear-text transfer
# description: Clients can read and write over HTTP, or mount shares without encryption, and so show data and keys to whoever listens.
# scope: package
# custom:
#   id: AZ-STO-002
#   severity: high
#   objective: crypto.in_transit
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: Require secure transfer for the account.
#     cli: az storage account update --name NAME --resource-group GROUP --https-only true
#     bicep: |
#       resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
#         name: name
#         location: location
#         kind: 'StorageV2'
#         sku: { name: 'Standard_ZRS' }
#         properties: {
#           supportsHttpsTrafficOnly: true
#         }
#       }
#     terraform: |
#       resource "azurerm_storage_account" "this" {
#         https_traffic_only_enabled = true
#       }
#   aliases:
#     prowler: [storage_secure_transfer_required_is_enabled]
#     trivy: [AVD-AZU-0008]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/common/storage-require-secure-transfer
#   limits: >-
#     NFS shares and accounts with NFS 3.0 need the switch off and travel unencrypted unless a VPN or
#     the share's own encryption in transit protects them; they fail here too.
package rules.azure.storage.secure_transfer

import rego.v1

pass if input.properties.supportsHttpsTrafficOnly == true

fail contains {"message": "the account answers over HTTP", "at": "/supportsHttpsTrafficOnly"} if {
	input.properties.supportsHttpsTrafficOnly == false
}
