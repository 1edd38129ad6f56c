# METADATA
# title: Network security group opens UDP services to the internet
# description: Open UDP services are probed without a handshake and misused to amplify attacks on others.
# scope: package
# custom:
#   id: AZ-NET-004
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.Network/networkSecurityGroups
#   remediation:
#     text: >-
#       Delete the rule that opens UDP, or narrow its source and ports to what must be public.
#     cli: |
#       az network nsg rule update --resource-group GROUP --nsg-name NSG --name RULE --source-address-prefixes 10.0.0.0/8
#       az network nsg rule delete --resource-group GROUP --nsg-name NSG --name RULE
#     bicep: |
#       resource rule 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
#         parent: nsg
#         name: 'dns-from-inside'
#         properties: {
#           priority: 200
#           direction: 'Inbound'
#           access: 'Allow'
#           protocol: 'Udp'
#           sourceAddressPrefix: '10.0.0.0/8'
#           sourcePortRange: '*'
#           destinationAddressPrefix: 'VirtualNetwork'
#           destinationPortRange: '53'
#         }
#       }
#     terraform: |
#       resource "azurerm_network_security_rule" "this" {
#         name                        = "dns-from-inside"
#         resource_group_name         = azurerm_resource_group.this.name
#         network_security_group_name = azurerm_network_security_group.this.name
#         priority                    = 200
#         direction                   = "Inbound"
#         access                      = "Allow"
#         protocol                    = "Udp"
#         source_address_prefix       = "10.0.0.0/8"
#         source_port_range           = "*"
#         destination_address_prefix  = "VirtualNetwork"
#         destination_port_range      = "53"
#       }
#   aliases:
#     prowler: [network_udp_internet_access_restricted]
#   references:
#     - https://learn.microsoft.com/en-us/azure/virtual-network/network-security-groups-overview
#     - https://learn.microsoft.com/en-us/azure/virtual-network/service-tags-overview
#   params:
#     allowed_ports:
#       type: integers
#       description: UDP ports that are meant to face the internet, such as 443 (HTTP/3) or 4500 (VPN)
#       default: []
#   limits: >-
#     Judges the group after all its rules, not whether something uses it. Sources that together hold
#     half of the public addresses or a block of 2^25 count as the internet, and so does AzureCloud,
#     which holds the machines of every customer; other service tags do not. Admin rules of Azure
#     Virtual Network Manager come before the group and are not seen; a default route that makes
#     VirtualNetwork the whole world is not either.
package rules.azure.network.nsg_udp_open

import rego.v1

udp := [line |
	some line in input.derived.exposure.open
	line.protocol == "udp"
]

# Lines that hold more than ports which are meant to be open.
open := [line |
	some line in udp
	meant := {port | some port in input.params.allowed_ports; line.from <= port; port <= line.to}
	count(meant) < (line.to - line.from) + 1
]

pass if {
	is_array(input.derived.exposure.open)
	is_array(input.params.allowed_ports)
	count(open) == 0
}

fail contains {"message": sprintf("UDP %s is open to %s", [data.lib.net.span(line), line.cidr]), "at": line.at, "key": data.lib.net.key(line)} if {
	some line in open
}
