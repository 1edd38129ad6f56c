# METADATA
# title: Network security group opens database or all ports to the internet
# description: Databases and management ports that face the internet are found within hours; a group that opens every port opens also what nobody knows of.
# scope: package
# custom:
#   id: AZ-NET-003
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.Network/networkSecurityGroups
#   remediation:
#     text: >-
#       Replace the rule by one rule for each port that must be public, and admit the application's subnet or application security group to databases.
#     cli: |
#       az network nsg rule update --resource-group GROUP --nsg-name NSG --name RULE --source-address-prefixes 10.0.0.0/8
#       az network nsg rule delete --resource-group GROUP --nsg-name NSG --name RULE
#     bicep: |
#       resource rule 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
#         parent: nsg
#         name: 'database-from-app'
#         properties: {
#           priority: 200
#           direction: 'Inbound'
#           access: 'Allow'
#           protocol: 'Tcp'
#           sourceAddressPrefix: '10.0.0.0/8'
#           sourcePortRange: '*'
#           destinationAddressPrefix: 'VirtualNetwork'
#           destinationPortRange: '5432'
#         }
#       }
#     terraform: |
#       resource "azurerm_network_security_rule" "this" {
#         name                        = "database-from-app"
#         resource_group_name         = azurerm_resource_group.this.name
#         network_security_group_name = azurerm_network_security_group.this.name
#         priority                    = 200
#         direction                   = "Inbound"
#         access                      = "Allow"
#         protocol                    = "Tcp"
#         source_address_prefix       = "10.0.0.0/8"
#         source_port_range           = "*"
#         destination_address_prefix  = "VirtualNetwork"
#         destination_port_range      = "5432"
#       }
#   aliases:
#     trivy: [AVD-AZU-0047, AVD-AZU-0074]
#   references:
#     - https://learn.microsoft.com/en-us/azure/virtual-network/network-security-groups-overview
#     - https://learn.microsoft.com/en-us/azure/virtual-network/service-tags-overview
#   params:
#     ports:
#       type: integers
#       description: TCP ports on which databases, caches and remote management listen
#       default:
#         [135, 445, 1433, 1434, 1521, 2375, 2376, 2483, 2484, 3306, 5432, 5439, 5984, 5985, 5986,
#         6379, 7474, 8086, 9042, 9200, 9300, 10250, 11211, 27017, 27018, 27019, 50000]
#   limits: >-
#     Judges the group after all its rules, not whether something uses it. Sources that together hold
#     half of the public addresses or a block of 2^25 count as the internet, and so does AzureCloud,
#     which holds the machines of every customer; other service tags do not. Admin rules of Azure
#     Virtual Network Manager come before the group and are not seen; a default route that makes
#     VirtualNetwork the whole world is not either.
package rules.azure.network.nsg_database_or_all_open

import rego.v1

# Ports 0 or 1 to the last one: nothing listens on port 0.
whole := [line |
	some line in input.derived.exposure.open
	line.protocol in {"tcp", "udp"}
	line.from <= 1
	line.to == 65535
]

# What opens every port is said once.
single := [{"line": line, "port": port} |
	some line in input.derived.exposure.open
	line.protocol == "tcp"
	not line in whole
	some port in input.params.ports
	line.from <= port
	line.to >= port
]

pass if {
	is_array(input.derived.exposure.open)
	is_array(input.params.ports)
	count(whole) == 0
	count(single) == 0
}

fail contains {"message": sprintf("every %s port is open to %s", [upper(line.protocol), line.cidr]), "at": line.at, "key": sprintf("%s/all/%s", [line.protocol, line.cidr])} if {
	some line in whole
}

fail contains {"message": sprintf("TCP port %d is open to %s", [s.port, s.line.cidr]), "at": s.line.at, "key": data.lib.net.port_key(s.line, s.port)} if {
	some s in single
}
