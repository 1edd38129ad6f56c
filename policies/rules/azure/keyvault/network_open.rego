# METADATA
# title: Key vault is open to all networks
# description: Every network of the world may try tokens against the vault; a stolen one is enough.
# scope: package
# custom:
#   id: AZ-KV-002
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.KeyVault/vaults
#   remediation:
#     text: >-
#       Reach the vault through a private endpoint and disable public network access, or set the
#       default action to deny and name the networks that may come.
#     cli: |
#       az keyvault update --name NAME --resource-group GROUP --public-network-access Disabled
#       az keyvault update --name NAME --resource-group GROUP --default-action Deny --bypass AzureServices
#     bicep: |
#       resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
#         name: name
#         location: location
#         properties: {
#           tenantId: tenant().tenantId
#           sku: { family: 'A', name: 'standard' }
#           publicNetworkAccess: 'disabled'
#           networkAcls: { defaultAction: 'Deny', bypass: 'AzureServices' }
#         }
#       }
#     terraform: |
#       resource "azurerm_key_vault" "this" {
#         public_network_access_enabled = false
#         network_acls {
#           default_action = "Deny"
#           bypass         = "AzureServices"
#         }
#       }
#   aliases:
#     prowler: [keyvault_private_endpoints, keyvault_access_only_through_private_endpoints]
#     trivy: [AVD-AZU-0013]
#   references:
#     - https://learn.microsoft.com/en-us/azure/key-vault/general/network-security
#   limits: >-
#     A named range of 2^25 addresses or more counts as the world. That a private endpoint exists is
#     not asked. Trusted services that bypass the rules are not judged.
package rules.azure.keyvault.network_open

import rego.v1

acls := input.properties.networkAcls

public if input.properties.publicNetworkAccess == null

public if {
	is_string(input.properties.publicNetworkAccess)
	not lower(input.properties.publicNetworkAccess) in {"disabled", "securedbyperimeter"}
}

denied if acls.defaultAction == "Deny"

wide := data.lib.azure.wide(object.get(acls, "ipRules", null))

pass if {
	is_string(input.properties.publicNetworkAccess)
	not public
}

pass if {
	public
	denied
	count(wide) == 0
}

fail contains {"message": "every network is allowed unless a rule denies it", "at": "/networkAcls", "key": "default"} if {
	public
	not denied
}

fail contains {"message": sprintf("%s is allowed, which is the world", [range]), "at": "/networkAcls/ipRules", "key": range} if {
	public
	denied
	some range in wide
}
