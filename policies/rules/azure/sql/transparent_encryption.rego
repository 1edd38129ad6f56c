# METADATA
# title: Database transparent encryption is off
# description: Without it the files, logs and backups of the database lie readable on the disks.
# scope: package
# custom:
#   id: AZ-SQL-002
#   severity: high
#   objective: crypto.at_rest
#   resource: Microsoft.Sql/servers/databases
#   remediation:
#     text: Turn on transparent data encryption. It encrypts in the background, while the database is in use.
#     terraform: |
#       resource "azurerm_mssql_database" "this" {
#         # …
#         transparent_data_encryption_enabled = true
#       }
#     bicep: |
#       resource encryption 'Microsoft.Sql/servers/databases/transparentDataEncryption@2023-08-01' = {
#         parent: database
#         name: 'current'
#         properties: {
#           state: 'Enabled'
#         }
#       }
#     cli: az sql db tde set --resource-group RG --server SERVER --database DATABASE --status Enabled
#   aliases:
#     prowler: [sqlserver_tde_encryption_enabled]
#   references:
#     - https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-tde-overview
#     - https://learn.microsoft.com/azure/templates/microsoft.sql/servers/databases/transparentdataencryption
package rules.azure.sql.transparent_encryption

import rego.v1

# It holds no data of yours, and cannot be encrypted.
not_applicable contains {"reason": "the database is master"} if endswith(lower(input.id), "/databases/master")

pass if input.properties.transparentDataEncryption.state == "Enabled"

fail contains {"message": "the database is not encrypted", "at": "/transparentDataEncryption/state"} if {
	input.properties.transparentDataEncryption.state == "Disabled"
}
