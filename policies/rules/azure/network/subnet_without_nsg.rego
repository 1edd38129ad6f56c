# METADATA
# title: Subnet has no network security group
# description: Nothing filters what comes into the subnet; a machine, an interface or a mistake in it is alone.
# scope: package
# custom:
#   id: AZ-NET-005
#   severity: medium
#   objective: network.segmentation
#   resource: Microsoft.Network/virtualNetworks/subnets
#   remediation:
#     text: Attach a network security group that admits what the subnet's services need.
#     cli: az network vnet subnet update --resource-group GROUP --vnet-name VNET --name SUBNET --network-security-group NSG
#     bicep: |
#       resource subnet 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' = {
#         parent: vnet
#         name: name
#         properties: {
#           addressPrefix: prefix
#           networkSecurityGroup: { id: nsg.id }
#         }
#       }
#     terraform: |
#       resource "azurerm_subnet_network_security_group_association" "this" {
#         subnet_id                 = azurerm_subnet.this.id
#         network_security_group_id = azurerm_network_security_group.this.id
#       }
#   aliases:
#     prowler: [network_subnet_nsg_associated]
#   references:
#     - https://learn.microsoft.com/en-us/azure/virtual-network/network-security-group-how-it-works
#     - https://learn.microsoft.com/en-us/azure/firewall/firewall-faq
#   limits: >-
#     Groups at single interfaces and firewalls on the route do not count: the next interface in the
#     subnet would have none. What the group lets in is judged by AZ-NET-001 to 004.
package rules.azure.network.subnet_without_nsg

import rego.v1

# Subnets of services that filter themselves: Azure does not take a group there, or says not to.
reserved := {"gatewaysubnet", "azurefirewallsubnet", "azurefirewallmanagementsubnet", "routeserversubnet"}

not_applicable contains {"reason": "Azure's own service in this subnet takes no network security group"} if {
	lower(input.name) in reserved
}

pass if is_string(input.properties.networkSecurityGroup.id)

fail contains {"message": "no network security group is attached", "at": "/networkSecurityGroup"} if {
	input.properties.networkSecurityGroup == null
}
