# METADATA
# title: SQL auditing is off or kept too briefly
# description: Without the audit nobody can say after a break-in which rows were read.
# scope: package
# custom:
#   id: AZ-SQL-003
#   severity: medium
#   objective: logging.produce
#   resource: Microsoft.Sql/servers
#   remediation:
#     text: Turn on auditing of the server, to a Log Analytics workspace (with a diagnostic setting of master) or to a storage account with a retention of at least 90 days.
#     terraform: |
#       resource "azurerm_mssql_server_extended_auditing_policy" "this" {
#         server_id         = azurerm_mssql_server.this.id
#         storage_endpoint  = azurerm_storage_account.audit.primary_blob_endpoint
#         retention_in_days = 365
#       }
#     bicep: |
#       resource audit 'Microsoft.Sql/servers/auditingSettings@2023-08-01' = {
#         parent: server
#         name: 'default'
#         properties: {
#           state: 'Enabled'
#           storageEndpoint: storage.properties.primaryEndpoints.blob
#           isManagedIdentityInUse: true
#           retentionDays: 365
#         }
#       }
#     cli: az sql server audit-policy update --resource-group RG --name SERVER --state Enabled --lats Enabled --log-analytics-workspace-resource-id WORKSPACE
#   aliases:
#     prowler: [sqlserver_auditing_enabled, sqlserver_auditing_retention_90_days]
#     trivy: [AVD-AZU-0027, AVD-AZU-0025]
#   references:
#     - https://learn.microsoft.com/azure/azure-sql/database/auditing-overview
#     - https://learn.microsoft.com/azure/azure-sql/database/auditing-setup
#     - https://learn.microsoft.com/azure/templates/microsoft.sql/servers/auditingsettings
#   params:
#     min_days:
#       type: integer
#       description: days that a storage account must keep the audit
#       default: 90
#   limits: How long a workspace or the reader of an event hub keeps the audit is not looked at, nor which groups of actions are written.
package rules.azure.sql.auditing

import rego.v1

audit := input.derived.audit

long if audit.days == null

long if audit.days >= input.params.min_days

pass if {
	count(audit.problems) == 0
	long
}

fail contains {"message": problem.message, "at": problem.at, "key": problem.key} if some problem in audit.problems

fail contains {"message": sprintf("the audit is kept for %d days", [audit.days]), "at": "/auditingSettings/retentionDays", "key": "retention"} if {
	audit.days < input.params.min_days
	is_number(audit.days)
}
