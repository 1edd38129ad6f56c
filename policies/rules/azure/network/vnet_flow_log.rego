# METADATA
# title: Virtual network flow logging is absent or kept too briefly
# description: >-
#   Without flow logs nobody can say later who talked to whom. Flow logs of virtual networks replace
#   those of security groups, which cannot be made since June 2025 and end on 30 September 2027; the
#   ones that still run are evidence for their subnets.
# scope: package
# custom:
#   id: AZ-NET-006
#   severity: medium
#   objective: network.flow_evidence
#   resource: Microsoft.Network/virtualNetworks
#   related:
#     - {type: Microsoft.Network/networkWatchers/flowLogs, scope: account, facets: [targetResourceId, enabled, retentionPolicy]}
#   remediation:
#     text: >-
#       Make a flow log for the virtual network, and keep it for at least 90 days (0 keeps it for
#       ever).
#     cli: az network watcher flow-log create --location LOCATION --name NAME --vnet VNET --resource-group GROUP --storage-account STORAGE --retention 90 --enabled true
#     bicep: |
#       resource log 'Microsoft.Network/networkWatchers/flowLogs@2024-05-01' = {
#         parent: watcher
#         name: name
#         location: location
#         properties: {
#           targetResourceId: vnet.id
#           storageId: storage.id
#           enabled: true
#           retentionPolicy: { enabled: true, days: 90 }
#         }
#       }
#     terraform: |
#       resource "azurerm_network_watcher_flow_log" "this" {
#         name                 = "flows"
#         network_watcher_name = azurerm_network_watcher.this.name
#         resource_group_name  = azurerm_network_watcher.this.resource_group_name
#         target_resource_id   = azurerm_virtual_network.this.id
#         storage_account_id   = azurerm_storage_account.logs.id
#         enabled              = true
#         retention_policy {
#           enabled = true
#           days    = 90
#         }
#       }
#   aliases:
#     prowler: [network_flow_log_captured_sent, network_flow_log_more_than_90_days]
#     trivy: [AVD-AZU-0049, AVD-AZU-0073]
#   references:
#     - https://learn.microsoft.com/en-us/azure/network-watcher/vnet-flow-logs-overview
#     - https://learn.microsoft.com/en-us/azure/network-watcher/nsg-flow-logs-migrate
#   params:
#     minimum_days:
#       type: integer
#       description: Days for which flow logs must be kept
#       default: 90
#   limits: >-
#     The days are those of the flow log; a lifecycle rule of the storage account that deletes
#     earlier, and how long a workspace keeps them, are not seen. Flow logs of single interfaces
#     do not count.
package rules.azure.network.vnet_flow_log

import rego.v1

not_applicable contains {"reason": "the virtual network has no subnet"} if {
	count(input.properties.subnets) == 0
}

logs := input.related["Microsoft.Network/networkWatchers/flowLogs"]

running := [log | some log in logs; log.properties.enabled == true]

long(log) if log.properties.retentionPolicy == null

long(log) if {
	is_object(log.properties.retentionPolicy)
	object.get(log.properties.retentionPolicy, "enabled", true) == false
}

long(log) if {
	is_object(log.properties.retentionPolicy)
	object.get(log.properties.retentionPolicy, "days", 0) == 0
}

long(log) if log.properties.retentionPolicy.days >= input.params.minimum_days

logged := {lower(log.properties.targetResourceId) | some log in running}

kept := {lower(log.properties.targetResourceId) | some log in running; long(log)}

# What may be logged for a subnet: itself, its network, or its security group.
targets(subnet) := {lower(id) |
	some id in [input.id, subnet.id, object.get(group(subnet), "id", "")]
}

group(subnet) := subnet.properties.networkSecurityGroup if is_object(subnet.properties.networkSecurityGroup)

group(subnet) := {} if not is_object(subnet.properties.networkSecurityGroup)

uncovered := [subnet | some subnet in input.properties.subnets; count(targets(subnet) & kept) == 0]

pass if {
	is_array(logs)
	count(input.properties.subnets) > 0
	count(uncovered) == 0
}

fail contains {"message": "no flow log records the virtual network", "at": "/subnets", "key": "network"} if {
	is_array(logs)
	count(uncovered) == count(input.properties.subnets)
	every subnet in input.properties.subnets { count(targets(subnet) & logged) == 0 }
	count(uncovered) > 0
}

fail contains {"message": sprintf("flows of the subnet %s are recorded and not kept for %d days", [subnet.name, input.params.minimum_days]), "at": "/subnets", "key": sprintf("days/%s", [subnet.name])} if {
	some subnet in uncovered
	count(targets(subnet) & logged) > 0
}

fail contains {"message": sprintf("no flow log records the subnet %s", [subnet.name]), "at": "/subnets", "key": sprintf("subnet/%s", [subnet.name])} if {
	some subnet in uncovered
	count(targets(subnet) & logged) == 0
	some other in input.properties.subnets
	count(targets(other) & logged) > 0
}
