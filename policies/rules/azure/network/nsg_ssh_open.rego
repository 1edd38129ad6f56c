# METADATA
# title: Network security group opens SSH to the internet
# description: Everyone can try passwords, keys and exploits against SSH (TCP 22). Remote administration belongs behind Bastion, a VPN or known addresses.
# scope: package
# custom:
#   id: AZ-NET-001
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.Network/networkSecurityGroups
#   remediation:
#     text: >-
#       Delete the rule that opens TCP 22, or narrow its source. Reach machines through Azure Bastion, just-in-time access or a VPN.
#     cli: |
#       az network nsg rule update --resource-group GROUP --nsg-name NSG --name RULE --source-address-prefixes 10.0.0.0/8
#       az network nsg rule delete --resource-group GROUP --nsg-name NSG --name RULE
#     bicep: |
#       resource rule 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
#         parent: nsg
#         name: 'ssh-from-vpn'
#         properties: {
#           priority: 200
#           direction: 'Inbound'
#           access: 'Allow'
#           protocol: 'Tcp'
#           sourceAddressPrefix: '10.0.0.0/8'
#           sourcePortRange: '*'
#           destinationAddressPrefix: 'VirtualNetwork'
#           destinationPortRange: '22'
#         }
#       }
#     terraform: |
#       resource "azurerm_network_security_rule" "this" {
#         name                        = "ssh-from-vpn"
#         resource_group_name         = azurerm_resource_group.this.name
#         network_security_group_name = azurerm_network_security_group.this.name
#         priority                    = 200
#         direction                   = "Inbound"
#         access                      = "Allow"
#         protocol                    = "Tcp"
#         source_address_prefix       = "10.0.0.0/8"
#         source_port_range           = "*"
#         destination_address_prefix  = "VirtualNetwork"
#         destination_port_range      = "22"
#       }
#   aliases:
#     prowler: [network_ssh_internet_access_restricted]
#     trivy: [AVD-AZU-0050]
#   references:
#     - https://learn.microsoft.com/en-us/azure/virtual-network/network-security-groups-overview
#     - https://learn.microsoft.com/en-us/azure/virtual-network/service-tags-overview
#   limits: >-
#     Judges the group after all its rules, not whether something uses it. Sources that together hold
#     half of the public addresses or a block of 2^25 count as the internet, and so does AzureCloud,
#     which holds the machines of every customer; other service tags do not. Admin rules of Azure
#     Virtual Network Manager come before the group and are not seen; a default route that makes
#     VirtualNetwork the whole world is not either.
package rules.azure.network.nsg_ssh_open

import rego.v1

open := [line |
	some line in input.derived.exposure.open
	line.protocol == "tcp"
	line.from <= 22
	line.to >= 22
]

pass if {
	is_array(input.derived.exposure.open)
	count(open) == 0
}

fail contains {"message": sprintf("TCP port 22 (SSH) is open to %s", [line.cidr]), "at": line.at, "key": data.lib.net.port_key(line, 22)} if {
	some line in open
}
