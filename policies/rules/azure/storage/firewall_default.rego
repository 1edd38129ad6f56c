# METADATA
# title: Storage firewall default action is allow
# description: Every network of the world reaches the account; keys, tokens and signatures are the only defence that is left.
# scope: package
# custom:
#   id: AZ-STO-004
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: >-
#       Reach the account through private endpoints and disable public network access, or set the
#       default action to deny and name the networks that may come.
#     cli: |
#       az storage account update --name NAME --resource-group GROUP --public-network-access Disabled
#       az storage account update --name NAME --resource-group GROUP --default-action Deny
#     bicep: |
#       resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
#         name: name
#         location: location
#         kind: 'StorageV2'
#         sku: { name: 'Standard_ZRS' }
#         properties: {
#           publicNetworkAccess: 'Disabled'
#           networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' }
#         }
#       }
#     terraform: |
#       resource "azurerm_storage_account" "this" {
#         public_network_access_enabled = false
#         network_rules {
#           default_action = "Deny"
#           bypass         = ["AzureServices"]
#         }
#       }
#   aliases:
#     prowler: [storage_default_network_access_rule_is_denied, storage_account_public_network_access_disabled]
#     trivy: [AVD-AZU-0012]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/common/storage-network-security
#   limits: >-
#     A named range of 2^25 addresses or more counts as the world. Exceptions for trusted services
#     and resource instances, and the rules of a network security perimeter, are not judged.
package rules.azure.storage.firewall_default

import rego.v1

acls := input.properties.networkAcls

public if input.properties.publicNetworkAccess == null

public if input.properties.publicNetworkAccess == "Enabled"

wide := data.lib.azure.wide(object.get(acls, "ipRules", null))

pass if input.properties.publicNetworkAccess in {"Disabled", "SecuredByPerimeter"}

pass if {
	public
	acls.defaultAction == "Deny"
	count(wide) == 0
}

fail contains {"message": "every network is allowed unless a rule denies it", "at": "/networkAcls/defaultAction", "key": "default"} if {
	public
	acls.defaultAction == "Allow"
}

fail contains {"message": "the account has no network rules, so every network is allowed", "at": "/networkAcls", "key": "default"} if {
	public
	acls == null
}

fail contains {"message": sprintf("%s is allowed, which is the world", [range]), "at": "/networkAcls/ipRules", "key": range} if {
	public
	acls.defaultAction == "Deny"
	some range in wide
}
