# METADATA
# title: Storage account's minimum TLS version is not set to 1.2
# description: >-
#   The account's own setting permits TLS 1.0 or 1.1. Azure refuses both since 3 February 2026
#   whatever the setting says, so it is what the account would fall back to, and what an auditor
#   reads.
# scope: package
# custom:
#   id: AZ-STO-003
#   severity: low
#   objective: crypto.in_transit
#   resource: Microsoft.Storage/storageAccounts
#   remediation:
#     text: Set the minimum TLS version to 1.2.
#     cli: az storage account update --name NAME --resource-group GROUP --min-tls-version TLS1_2
#     bicep: |
#       resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
#         name: name
#         location: location
#         kind: 'StorageV2'
#         sku: { name: 'Standard_ZRS' }
#         properties: {
#           minimumTlsVersion: 'TLS1_2'
#         }
#       }
#     terraform: |
#       resource "azurerm_storage_account" "this" {
#         min_tls_version = "TLS1_2"
#       }
#   aliases:
#     prowler: [storage_ensure_minimum_tls_version_12]
#     trivy: [AVD-AZU-0011]
#   references:
#     - https://learn.microsoft.com/en-us/azure/storage/common/transport-layer-security-configure-minimum-version
#     - https://learn.microsoft.com/en-us/azure/storage/common/transport-layer-security-configure-migrate-to-tls2
#   limits: Judges the setting. Without a value the documented default of the setting is TLS 1.0.
package rules.azure.storage.minimum_tls

import rego.v1

pass if input.properties.minimumTlsVersion in {"TLS1_2", "TLS1_3"}

fail contains {"message": sprintf("the minimum is %s", [input.properties.minimumTlsVersion]), "at": "/minimumTlsVersion"} if {
	input.properties.minimumTlsVersion in {"TLS1_0", "TLS1_1"}
}

fail contains {"message": "no minimum is set, which means TLS 1.0", "at": "/minimumTlsVersion"} if {
	input.properties.minimumTlsVersion == null
}
