# METADATA
# title: Container registry allows the admin account or public network
# description: The admin account is one shared password that may replace every image. With an open network, whoever finds it can use it from anywhere.
# scope: package
# custom:
#   id: AZ-ACR-001
#   severity: medium
#   objective: supply_chain.provenance
#   resource: Microsoft.ContainerRegistry/registries
#   remediation:
#     text: Disable the admin account and let clusters pull with managed identities. Turn off public network access, or allow named addresses only (both need the Premium tier).
#     terraform: |
#       resource "azurerm_container_registry" "this" {
#         # …
#         sku                           = "Premium"
#         admin_enabled                 = false
#         public_network_access_enabled = false
#       }
#     bicep: |
#       resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
#         name: name
#         location: location
#         sku: { name: 'Premium' }
#         properties: {
#           adminUserEnabled: false
#           publicNetworkAccess: 'Disabled'
#         }
#       }
#     cli: az acr update --name REGISTRY --admin-enabled false --public-network-enabled false
#   aliases:
#     prowler: [containerregistry_admin_user_disabled, containerregistry_not_publicly_accessible]
#   references:
#     - https://learn.microsoft.com/azure/container-registry/container-registry-authentication
#     - https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks
#   limits: Tokens, scope maps and anonymous pull are not looked at. Under a network security perimeter, which is not read, a registry without other failures gets no verdict.
package rules.azure.acr.admin_or_public

import rego.v1

reachable if input.properties.publicNetworkAccess == null

reachable if input.properties.publicNetworkAccess == "Enabled"

anybody := "every network may connect" if input.properties.networkRuleSet == null

anybody := "every network may connect" if input.properties.networkRuleSet.defaultAction == "Allow"

anybody := sprintf("%s may connect", [concat(", ", everything)]) if {
	input.properties.networkRuleSet.defaultAction == "Deny"
	count(everything) > 0
}

everything := {rule.value |
	is_array(input.properties.networkRuleSet.ipRules)
	some rule in input.properties.networkRuleSet.ipRules
	endswith(rule.value, "/0")
}

closed if input.properties.publicNetworkAccess == "Disabled"

closed if {
	reachable
	input.properties.networkRuleSet.defaultAction == "Deny"
	count(everything) == 0
}

admin if input.properties.adminUserEnabled == true

pass if {
	closed
	input.properties.adminUserEnabled == false
}

pass if {
	closed
	input.properties.adminUserEnabled == null
}

fail contains {"message": "the admin account is enabled", "at": "/adminUserEnabled", "key": "admin"} if admin

fail contains {"message": anybody, "at": "/networkRuleSet", "key": "network"} if {
	reachable
	is_string(anybody)
}
