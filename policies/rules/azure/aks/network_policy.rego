# METADATA
# title: Cluster has no network policy engine
# description: Network policies can be written, but nothing enforces them. Whoever breaks into one pod reaches all the others.
# scope: package
# custom:
#   id: AZ-AKS-003
#   severity: medium
#   objective: network.segmentation
#   resource: Microsoft.ContainerService/managedClusters
#   remediation:
#     text: Use Azure CNI powered by Cilium, or install Azure or Calico network policy, and deny by default in each namespace.
#     terraform: |
#       resource "azurerm_kubernetes_cluster" "this" {
#         # …
#         network_profile {
#           network_plugin      = "azure"
#           network_plugin_mode = "overlay"
#           network_data_plane  = "cilium"
#           network_policy      = "cilium"
#         }
#       }
#     bicep: |
#       resource cluster 'Microsoft.ContainerService/managedClusters@2025-01-01' = {
#         name: name
#         location: location
#         properties: {
#           networkProfile: {
#             networkPlugin: 'azure'
#             networkPluginMode: 'overlay'
#             networkDataplane: 'cilium'
#             networkPolicy: 'cilium'
#           }
#         }
#       }
#     cli: az aks update --resource-group RG --name CLUSTER --network-policy cilium --network-dataplane cilium
#   aliases:
#     prowler: [aks_network_policy_enabled]
#     trivy: [AVD-AZU-0043]
#   references:
#     - https://learn.microsoft.com/azure/aks/use-network-policies
#     - https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium
#   limits: Whether policies exist in the cluster is not looked at. A cluster that brings its own network plugin (networkPlugin none) gets no verdict without a policy engine of Azure.
package rules.azure.aks.network_policy

import rego.v1

network := input.properties.networkProfile

engine if {
	is_string(network.networkPolicy)
	lower(network.networkPolicy) in {"azure", "calico", "cilium"}
}

engine if {
	is_string(network.networkDataplane)
	lower(network.networkDataplane) == "cilium"
}

pass if engine

fail contains {"message": "no engine enforces network policies", "at": "/networkProfile/networkPolicy"} if {
	is_object(network)
	not engine
	is_string(network.networkPlugin)
	lower(network.networkPlugin) in {"azure", "kubenet"}
}
