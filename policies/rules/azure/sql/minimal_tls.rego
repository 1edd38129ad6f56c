# METADATA
# title: SQL server accepts TLS below 1.2
# description: Old versions of TLS can be broken, and with them the passwords and rows that they carry.
# scope: package
# custom:
#   id: AZ-SQL-004
#   severity: medium
#   objective: crypto.in_transit
#   resource: Microsoft.Sql/servers
#   remediation:
#     text: Set the minimal TLS version to 1.2. Look into the audit log first for clients with older ones.
#     terraform: |
#       resource "azurerm_mssql_server" "this" {
#         # …
#         minimum_tls_version = "1.2"
#       }
#     bicep: |
#       resource server 'Microsoft.Sql/servers@2023-08-01' = {
#         name: name
#         location: location
#         properties: {
#           minimalTlsVersion: '1.2'
#         }
#       }
#     cli: az sql server update --resource-group RG --name SERVER --minimal-tls-version 1.2
#   aliases:
#     prowler: [sqlserver_recommended_minimal_tls_version]
#     trivy: [AVD-AZU-0026]
#   references:
#     - https://learn.microsoft.com/azure/azure-sql/database/connectivity-settings
#     - https://learn.microsoft.com/azure/templates/microsoft.sql/servers
#   limits: Azure is ending TLS 1.0 and 1.1 itself, region by region; what a server refuses beyond its setting is not seen.
package rules.azure.sql.minimal_tls

import rego.v1

version := input.properties.minimalTlsVersion

pass if version in {"1.2", "1.3"}

fail contains {"message": sprintf("TLS %s is accepted", [version]), "at": "/minimalTlsVersion"} if version in {"1.0", "1.1"}

fail contains {"message": "no minimal version is set", "at": "/minimalTlsVersion"} if version == "None"

fail contains {"message": "no minimal version is set", "at": "/minimalTlsVersion"} if version == null
