# METADATA
# title: Blob soft delete, container soft delete or versioning is off
# description: What somebody deletes or overwrites, by mistake or for a ransom, cannot be brought back.
# scope: package
# custom:
#   id: AZ-STO-007
#   severity: medium
#   objective: resilience.backup
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: >-
#       Turn on soft delete for blobs and containers, with enough days, and versioning. Do not allow
#       the permanent deletion of what is soft-deleted.
#     cli: |
#       az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-delete-retention true --delete-retention-days 14 --enable-container-delete-retention true --container-delete-retention-days 14 --enable-versioning true
#     bicep: |
#       resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
#         parent: account
#         name: 'default'
#         properties: {
#           deleteRetentionPolicy: { enabled: true, days: 14, allowPermanentDelete: false }
#           containerDeleteRetentionPolicy: { enabled: true, days: 14 }
#           isVersioningEnabled: true
#         }
#       }
#     terraform: |
#       resource "azurerm_storage_account" "this" {
#         blob_properties {
#           versioning_enabled = true
#           delete_retention_policy { days = 14 }
#           container_delete_retention_policy { days = 14 }
#         }
#       }
#   aliases:
#     prowler: [storage_ensure_soft_delete_is_enabled, storage_blob_versioning_is_enabled]
#     trivy: [AVD-AZU-0056]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/blobs/data-protection-overview
#     - https://learn.microsoft.com/en-us/azure/storage/blobs/versioning-overview
#   params:
#     minimum_days:
#       type: integer
#       description: Days for which deleted blobs and containers must be kept
#       default: 7
#   limits: >-
#     Versioning is not asked of accounts with a hierarchical namespace, which cannot have it.
#     Backup vaults and immutable storage are not seen.
package rules.azure.storage.blob_recovery

import rego.v1

service := input.properties.blobServices

not_applicable contains {"reason": "the account has no blob service"} if service == null

kept(policy) if {
	policy.enabled == true
	policy.days >= input.params.minimum_days
}

blobs if kept(service.deleteRetentionPolicy)

containers if kept(service.containerDeleteRetentionPolicy)

versions if service.isVersioningEnabled == true

versions if input.properties.isHnsEnabled == true

purgeable if service.deleteRetentionPolicy.allowPermanentDelete == true

pass if {
	blobs
	containers
	versions
	not purgeable
}

fail contains {"message": sprintf("deleted blobs are not kept for %d days", [input.params.minimum_days]), "at": "/blobServices", "key": "blobs"} if {
	is_object(service)
	not blobs
}

fail contains {"message": sprintf("deleted containers are not kept for %d days", [input.params.minimum_days]), "at": "/blobServices", "key": "containers"} if {
	is_object(service)
	not containers
}

fail contains {"message": "no earlier versions of blobs are kept", "at": "/blobServices", "key": "versions"} if {
	is_object(service)
	not versions
}

fail contains {"message": "what is soft-deleted can be deleted for good", "at": "/blobServices/deleteRetentionPolicy/allowPermanentDelete", "key": "purge"} if {
	purgeable
}
