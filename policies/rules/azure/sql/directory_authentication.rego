# METADATA
# title: SQL server has no directory administrator or still allows SQL logins
# description: SQL logins know neither MFA nor leavers, and their passwords lie in connection strings.
# scope: package
# custom:
#   id: AZ-SQL-005
#   severity: medium
#   objective: identity.strong_authentication
#   resource: Microsoft.Sql/servers
#   remediation:
#     text: Make a group of the directory the administrator, move the applications to managed identities, then allow Entra authentication only.
#     terraform: |
#       resource "azurerm_mssql_server" "this" {
#         # …
#         azuread_administrator {
#           login_username              = "sql-admins"
#           object_id                   = azuread_group.sql_admins.object_id
#           azuread_authentication_only = true
#         }
#       }
#     bicep: |
#       resource server 'Microsoft.Sql/servers@2023-08-01' = {
#         name: name
#         location: location
#         properties: {
#           administrators: {
#             administratorType: 'ActiveDirectory'
#             principalType: 'Group'
#             login: 'sql-admins'
#             sid: groupId
#             tenantId: tenant().tenantId
#             azureADOnlyAuthentication: true
#           }
#         }
#       }
#     cli: az sql server ad-admin create --resource-group RG --server SERVER --display-name sql-admins --object-id GROUP; az sql server ad-only-auth enable --resource-group RG --name SERVER
#   aliases:
#     prowler: [sqlserver_azuread_administrator_enabled]
#   references:
#     - https://learn.microsoft.com/azure/azure-sql/database/authentication-azure-ad-only-authentication
#     - https://learn.microsoft.com/azure/templates/microsoft.sql/servers
package rules.azure.sql.directory_authentication

import rego.v1

pass if input.properties.administrators.azureADOnlyAuthentication == true

fail contains {"message": "the server has no administrator from the directory", "at": "/administrators", "key": "administrator"} if {
	input.properties.administrators == null
}

fail contains {"message": "SQL logins are allowed", "at": "/administrators/azureADOnlyAuthentication", "key": "logins"} if {
	input.properties.administrators.azureADOnlyAuthentication == false
}
