# METADATA
# title: Shared-key authorisation is allowed
# description: Two account keys open everything, belong to nobody, know no second factor and leave no name in the logs.
# scope: package
# custom:
#   id: AZ-STO-005
#   severity: medium
#   objective: identity.strong_authentication
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: >-
#       Move clients to Entra ID (managed identities, user delegation signatures), then disallow
#       shared keys for the account.
#     cli: az storage account update --name NAME --resource-group GROUP --allow-shared-key-access false
#     bicep: |
#       resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
#         name: name
#         location: location
#         kind: 'StorageV2'
#         sku: { name: 'Standard_ZRS' }
#         properties: {
#           allowSharedKeyAccess: false
#           defaultToOAuthAuthentication: true
#         }
#       }
#     terraform: |
#       resource "azurerm_storage_account" "this" {
#         shared_access_key_enabled       = false
#         default_to_oauth_authentication = true
#       }
#   aliases:
#     prowler: [storage_account_key_access_disabled]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/common/shared-key-authorization-prevent
package rules.azure.storage.shared_key

import rego.v1

pass if input.properties.allowSharedKeyAccess == false

fail contains {"message": "the account's keys authorise requests", "at": "/allowSharedKeyAccess"} if {
	input.properties.allowSharedKeyAccess == true
}

fail contains {"message": "shared keys were never disallowed, so they authorise requests", "at": "/allowSharedKeyAccess"} if {
	input.properties.allowSharedKeyAccess == null
}
