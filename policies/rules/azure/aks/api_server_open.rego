# METADATA
# title: Cluster API server is public without address restriction
# description: Everybody on the internet may try stolen tokens and new flaws on the API server, which commands the whole cluster.
# scope: package
# custom:
#   id: AZ-AKS-001
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: Microsoft.ContainerService/managedClusters
#   remediation:
#     text: Make the cluster private, or name the address ranges that may connect.
#     terraform: |
#       resource "azurerm_kubernetes_cluster" "this" {
#         # …
#         api_server_access_profile {
#           authorized_ip_ranges = ["203.0.113.0/28"]
#         }
#       }
#     bicep: |
#       resource cluster 'Microsoft.ContainerService/managedClusters@2025-01-01' = {
#         name: name
#         location: location
#         properties: {
#           apiServerAccessProfile: {
#             authorizedIPRanges: ['203.0.113.0/28']
#           }
#         }
#       }
#     cli: az aks update --resource-group RG --name CLUSTER --api-server-authorized-ip-ranges 203.0.113.0/28
#   aliases:
#     prowler: [aks_clusters_public_access_disabled]
#     trivy: [AVD-AZU-0041]
#   references:
#     - https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges
#     - https://learn.microsoft.com/azure/aks/private-clusters
#   params:
#     min_prefix:
#       type: integer
#       description: the shortest prefix that an authorised range may have
#       default: 16
#   limits: A network security perimeter is not read.
package rules.azure.aks.api_server_open

import rego.v1

profile := input.properties.apiServerAccessProfile

private if profile.enablePrivateCluster == true

ranges := profile.authorizedIPRanges if is_array(profile.authorizedIPRanges)

none if count(ranges) == 0

none if {
	is_object(profile)
	not is_array(profile.authorizedIPRanges)
}

prefix(r) := to_number(split(r, "/")[1]) if contains(r, "/")

prefix(r) := 32 if not contains(r, "/")

wide := [r | some r in ranges; prefix(r) < input.params.min_prefix]

pass if private

pass if {
	count(ranges) > 0
	count(wide) == 0
}

fail contains {"message": "every address may connect", "at": "/apiServerAccessProfile", "key": "any"} if {
	not private
	none
}

fail contains {"message": "every address may connect", "at": "/apiServerAccessProfile", "key": "any"} if profile == null

fail contains {"message": sprintf("%s may connect", [r]), "at": "/apiServerAccessProfile/authorizedIPRanges", "key": r} if {
	not private
	some r in wide
}
