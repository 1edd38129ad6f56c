# METADATA
# title: Cross-tenant replication is allowed
# description: Whoever may write replication policies can copy every new object to an account of another tenant, out of sight.
# scope: package
# custom:
#   id: AZ-STO-009
#   severity: medium
#   objective: data.controlled_sharing
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: Disallow cross-tenant replication for the account.
#     cli: az storage account update --name NAME --resource-group GROUP --allow-cross-tenant-replication false
#     bicep: |
#       resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
#         name: name
#         location: location
#         kind: 'StorageV2'
#         sku: { name: 'Standard_ZRS' }
#         properties: {
#           allowCrossTenantReplication: false
#         }
#       }
#     terraform: |
#       resource "azurerm_storage_account" "this" {
#         cross_tenant_replication_enabled = false
#       }
#   aliases:
#     prowler: [storage_cross_tenant_replication_disabled]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/blobs/object-replication-prevent-cross-tenant-policies
#   limits: >-
#     Without a value the account's date decides: accounts that were made before 15 December 2023
#     allow it, later ones do not. Replication policies themselves are not read.
package rules.azure.storage.cross_tenant_replication

import rego.v1

# From this day on new accounts do not allow it unless they say so.
changed := "2023-12-15T00:00:00Z"

unset if input.properties.allowCrossTenantReplication == null

age := data.lib.time.days(changed, input.properties.creationTime)

pass if input.properties.allowCrossTenantReplication == false

pass if {
	unset
	age >= 1
}

fail contains {"message": "objects may be replicated to other tenants", "at": "/allowCrossTenantReplication"} if {
	input.properties.allowCrossTenantReplication == true
}

fail contains {"message": "the account is older than the default that disallows it", "at": "/allowCrossTenantReplication"} if {
	unset
	age < 1
}
