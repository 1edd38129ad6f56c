# METADATA
# title: Document database is open to public networks or key-only access
# description: An account key opens all data to whoever holds it, without a name in the log. With an open network that is everybody who finds one.
# scope: package
# custom:
#   id: AZ-COS-001
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.DocumentDB/databaseAccounts
#   remediation:
#     text: Turn off public network access and use private endpoints, or allow single addresses and virtual networks. Move the applications to managed identities, then turn local authentication off.
#     terraform: |
#       resource "azurerm_cosmosdb_account" "this" {
#         # …
#         public_network_access_enabled = false
#         local_authentication_disabled = true
#       }
#     bicep: |
#       resource account 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' = {
#         name: name
#         location: location
#         properties: {
#           publicNetworkAccess: 'Disabled'
#           disableLocalAuth: true
#         }
#       }
#     cli: az resource update --ids ACCOUNT --set properties.publicNetworkAccess=Disabled properties.disableLocalAuth=true
#   aliases:
#     prowler: [cosmosdb_account_firewall_use_selected_networks, cosmosdb_account_use_aad_and_rbac]
#   references:
#     - https://learn.microsoft.com/azure/cosmos-db/how-to-configure-firewall
#     - https://learn.microsoft.com/azure/cosmos-db/how-to-connect-role-based-access-control
#     - https://learn.microsoft.com/azure/templates/microsoft.documentdb/databaseaccounts
#   params:
#     max_addresses:
#       type: integer
#       description: the most addresses that one line of the firewall may let in
#       default: 65536
#   limits: Keys are judged for the NoSQL API, as Azure's own policy does; the other APIs need them for some of their clients. Under a network security perimeter, which is not read, an account without other failures gets no verdict.
package rules.azure.cosmos.open_access

import rego.v1

import data.lib.database

reachable if input.properties.publicNetworkAccess == null

reachable if input.properties.publicNetworkAccess == "Enabled"

# Without a line and without virtual networks everybody may connect.
unfiltered if {
	reachable
	count(input.derived.firewall) == 0
	not input.properties.isVirtualNetworkFilterEnabled == true
}

open := [line | some line in input.derived.firewall; database.wide(line, input.params.max_addresses)]

closed if input.properties.publicNetworkAccess == "Disabled"

closed if {
	reachable
	not unfiltered
	count(open) == 0
}

other_api if {
	is_array(input.properties.capabilities)
	some capability in input.properties.capabilities
	capability.name in {"EnableMongo", "EnableCassandra", "EnableTable", "EnableGremlin"}
}

other_api if input.properties.kind in {"MongoDB", "Parse"}

keys if {
	not other_api
	not input.properties.disableLocalAuth == true
}

pass if {
	closed
	not keys
}

fail contains {"message": "every network may connect", "at": "/publicNetworkAccess", "key": "network"} if unfiltered

fail contains {"message": sprintf("the firewall lets in %s", [database.whom(line)]), "at": "/ipRules", "key": line.key} if {
	reachable
	some line in open
}

fail contains {"message": "account keys open all data", "at": "/disableLocalAuth", "key": "keys"} if keys
