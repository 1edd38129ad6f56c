# METADATA
# title: Vault operations are not logged
# description: Nobody can say later who read which secret or used which key.
# scope: package
# custom:
#   id: AZ-KV-006
#   severity: medium
#   objective: logging.produce
#   resource: Microsoft.KeyVault/vaults
#   remediation:
#     text: Send the vault's audit events to a workspace or a protected storage account.
#     cli: |
#       az monitor diagnostic-settings create --name audit --resource VAULT-ID --workspace WORKSPACE-ID --logs '[{"categoryGroup": "audit", "enabled": true}]'
#     bicep: |
#       resource audit 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
#         name: 'audit'
#         scope: vault
#         properties: {
#           workspaceId: workspace.id
#           logs: [ { categoryGroup: 'audit', enabled: true } ]
#         }
#       }
#     terraform: |
#       resource "azurerm_monitor_diagnostic_setting" "vault" {
#         name                       = "audit"
#         target_resource_id         = azurerm_key_vault.this.id
#         log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id
#         enabled_log { category_group = "audit" }
#       }
#   aliases:
#     prowler: [keyvault_logging_enabled]
#   references:
#     - https://learn.microsoft.com/en-us/azure/key-vault/general/logging
#     - https://learn.microsoft.com/en-us/azure/azure-monitor/platform/diagnostic-settings
#   limits: Whether the destination is there, how long it keeps the events and who reads them is not judged.
package rules.azure.keyvault.operations_logged

import rego.v1

exported := data.lib.azure.exported(input.properties.diagnosticSettings)

events := exported & {"auditevent", "audit", "alllogs"}

pass if count(events) > 0

fail contains {"message": "no diagnostic setting sends the vault's audit events anywhere", "at": "/diagnosticSettings"} if {
	is_array(input.properties.diagnosticSettings)
	count(events) == 0
}
