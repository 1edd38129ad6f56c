# METADATA
# title: Account access keys are older than 90 days
# description: Keys end up in scripts, pipelines and laptops; a key that is never renewed stays good for whoever found it.
# scope: package
# custom:
#   id: AZ-STO-010
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: >-
#       Better than renewing keys: disallow them (AZ-STO-005). Else move clients to one key, renew the
#       other, and change over, before every 90 days are over.
#     cli: |
#       az storage account keys renew --account-name NAME --resource-group GROUP --key secondary
#       az storage account keys renew --account-name NAME --resource-group GROUP --key primary
#     bicep: |
#       resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
#         name: name
#         location: location
#         kind: 'StorageV2'
#         sku: { name: 'Standard_ZRS' }
#         properties: {
#           keyPolicy: { keyExpirationPeriodInDays: 90 }
#         }
#       }
#     terraform: |
#       resource "time_rotating" "key" { rotation_days = 80 }
#       resource "azurerm_storage_account" "this" {
#         shared_access_key_enabled = false
#       }
#   aliases:
#     prowler: [storage_key_rotation_90_days]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage
#   params:
#     maximum_days:
#       type: integer
#       description: Days after which a key must have been renewed
#       default: 90
#   limits: A key whose date Azure does not record was never renewed; it is as old as the account.
package rules.azure.storage.key_age

import rego.v1

not_applicable contains {"reason": "the account disallows shared keys"} if {
	input.properties.allowSharedKeyAccess == false
}

# When each key was made.
made[name] := time if {
	some name in ["key1", "key2"]
	time := input.properties.keyCreationTime[name]
}

made[name] := input.properties.creationTime if {
	some name in ["key1", "key2"]
	is_string(input.properties.creationTime)
	not input.properties.keyCreationTime[name]
}

age[name] := data.lib.time.days(time, input.now) if some name, time in made

old := {name: days | some name, days in age; days > input.params.maximum_days}

pass if {
	count(age) == 2
	count(old) == 0
}

fail contains {"message": sprintf("%s is %d days old", [name, days]), "at": "/keyCreationTime", "key": name} if {
	some name, days in old
}
