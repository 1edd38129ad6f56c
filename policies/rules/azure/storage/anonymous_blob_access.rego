# METADATA
# title: Storage account allows anonymous blob access
# description: >-
#   Whoever may write to a container may then publish it, and anybody who knows or guesses its
#   address reads it without signing in.
# scope: package
# custom:
#   id: AZ-STO-001
#   severity: critical
#   objective: data.no_public_exposure
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: >-
#       Disallow anonymous access for the account. Serve what must be public from an account of its
#       own, behind a content delivery network.
#     cli: az storage account update --name NAME --resource-group GROUP --allow-blob-public-access false
#     bicep: |
#       resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
#         name: name
#         location: location
#         kind: 'StorageV2'
#         sku: { name: 'Standard_ZRS' }
#         properties: {
#           allowBlobPublicAccess: false
#         }
#       }
#     terraform: |
#       resource "azurerm_storage_account" "this" {
#         allow_nested_items_to_be_public = false
#       }
#   aliases:
#     prowler: [storage_blob_public_access_level_is_disabled]
#     trivy: [AVD-AZU-0007]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/blobs/anonymous-read-access-prevent
#   limits: >-
#     Judges the account's switch, without which no container is public; which containers are public
#     now is not read. Without a value the account is old and its containers may be published.
package rules.azure.storage.anonymous_blob_access

import rego.v1

not_applicable contains {"reason": "an account for file shares holds no blobs"} if {
	input.properties.kind == "FileStorage"
}

pass if input.properties.allowBlobPublicAccess == false

fail contains {"message": "containers of the account may be made public", "at": "/allowBlobPublicAccess"} if {
	input.properties.allowBlobPublicAccess == true
}

fail contains {"message": "anonymous access was never disallowed for the account", "at": "/allowBlobPublicAccess"} if {
	input.properties.allowBlobPublicAccess == null
}
