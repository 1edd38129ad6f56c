# METADATA
# title: Cluster local accounts are enabled or role-based access is off
# description: The certificate of a local account is cluster administrator, names nobody, and cannot be withdrawn from one person.
# scope: package
# custom:
#   id: AZ-AKS-002
#   severity: medium
#   objective: identity.strong_authentication
#   resource: Microsoft.ContainerService/managedClusters
#   remediation:
#     text: Connect the cluster to the directory, then disable local accounts and rotate the certificates. Role-based access can be chosen only when a cluster is made.
#     terraform: |
#       resource "azurerm_kubernetes_cluster" "this" {
#         # …
#         local_account_disabled            = true
#         role_based_access_control_enabled = true
#         azure_active_directory_role_based_access_control {
#           azure_rbac_enabled = true
#         }
#       }
#     bicep: |
#       resource cluster 'Microsoft.ContainerService/managedClusters@2025-01-01' = {
#         name: name
#         location: location
#         properties: {
#           disableLocalAccounts: true
#           enableRBAC: true
#           aadProfile: {
#             managed: true
#             enableAzureRBAC: true
#           }
#         }
#       }
#     cli: az aks update --resource-group RG --name CLUSTER --enable-aad --enable-azure-rbac --disable-local-accounts
#   aliases:
#     prowler: [aks_cluster_local_accounts_disabled, aks_cluster_rbac_enabled]
#     trivy: [AVD-AZU-0042]
#   references:
#     - https://learn.microsoft.com/azure/aks/manage-local-accounts-managed-azure-ad
#     - https://learn.microsoft.com/azure/templates/microsoft.containerservice/managedclusters
#   limits: Who is bound to which roles inside the cluster is not looked at.
package rules.azure.aks.local_accounts

import rego.v1

local if input.properties.disableLocalAccounts == false

local if input.properties.disableLocalAccounts == null

directory := "the cluster is not connected to the directory" if input.properties.aadProfile == null

directory := "besides those of the directory" if is_object(input.properties.aadProfile)

pass if {
	input.properties.disableLocalAccounts == true
	input.properties.enableRBAC == true
	is_string(directory)
}

fail contains {"message": sprintf("local accounts are enabled (%s)", [directory]), "at": "/disableLocalAccounts", "key": "local_accounts"} if {
	local
}

fail contains {"message": "role-based access control is off", "at": "/enableRBAC", "key": "rbac"} if {
	input.properties.enableRBAC == false
}
