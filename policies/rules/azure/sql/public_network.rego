# METADATA
# title: SQL server is open to the public network or all internal tenants
# description: Behind a wide firewall rule only a password stands between a stranger and the data. The rule "Allow Azure services" lets in machines of every other customer of Azure.
# scope: package
# custom:
#   id: AZ-SQL-001
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.Sql/servers
#   remediation:
#     text: Turn off public network access and use private endpoints; or keep it and allow single addresses and virtual networks only.
#     terraform: |
#       resource "azurerm_mssql_server" "this" {
#         # …
#         public_network_access_enabled = false
#       }
#     bicep: |
#       resource server 'Microsoft.Sql/servers@2023-08-01' = {
#         name: name
#         location: location
#         properties: {
#           publicNetworkAccess: 'Disabled'
#         }
#       }
#     cli: az sql server update --resource-group RG --name SERVER --enable-public-network false; az sql server firewall-rule delete --resource-group RG --server SERVER --name AllowAllWindowsAzureIps
#   aliases:
#     prowler: [sqlserver_unrestricted_inbound_access]
#     trivy: [AVD-AZU-0022, AVD-AZU-0029]
#   references:
#     - https://learn.microsoft.com/azure/azure-sql/database/firewall-configure
#     - https://learn.microsoft.com/azure/azure-sql/database/network-access-controls-overview
#     - https://learn.microsoft.com/azure/templates/microsoft.sql/servers
#   params:
#     max_addresses:
#       type: integer
#       description: the most addresses that one firewall rule may let in (of IPv6, networks of 64 bits)
#       default: 65536
#   limits: Firewall rules inside a database (sp_set_database_firewall_rule) and a network security perimeter are not read; under a perimeter the rule gives no verdict.
package rules.azure.sql.public_network

import rego.v1

import data.lib.database

reachable if input.properties.publicNetworkAccess == null

reachable if input.properties.publicNetworkAccess == "Enabled"

open := [line | some line in input.derived.firewall; database.wide(line, input.params.max_addresses)]

pass if input.properties.publicNetworkAccess == "Disabled"

pass if {
	reachable
	count(open) == 0
}

fail contains {"message": sprintf("firewall rule %s lets in %s", [line.name, database.whom(line)]), "at": "/firewallRules", "key": line.key} if {
	reachable
	some line in open
}
