# METADATA
# title: Subscription activity log is not exported
# description: Azure forgets who changed what in a subscription after 90 days; without an export there is no evidence after that.
# scope: package
# custom:
#   id: AZ-MON-001
#   severity: high
#   objective: logging.produce
#   resource: Microsoft.Resources/subscriptions
#   remediation:
#     text: Send the activity log of the subscription to a workspace or to a protected storage account.
#     cli: |
#       az monitor diagnostic-settings subscription create --name activity --location westeurope --workspace WORKSPACE-ID --logs '[{"category": "Administrative", "enabled": true}, {"category": "Security", "enabled": true}, {"category": "Policy", "enabled": true}, {"category": "Alert", "enabled": true}]'
#     bicep: |
#       targetScope = 'subscription'
#       resource activity 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
#         name: 'activity'
#         properties: {
#           workspaceId: workspaceId
#           logs: [
#             { category: 'Administrative', enabled: true }
#             { category: 'Security', enabled: true }
#             { category: 'Policy', enabled: true }
#             { category: 'Alert', enabled: true }
#           ]
#         }
#       }
#     terraform: |
#       resource "azurerm_monitor_diagnostic_setting" "activity" {
#         name                       = "activity"
#         target_resource_id         = data.azurerm_subscription.current.id
#         log_analytics_workspace_id = azurerm_log_analytics_workspace.this.id
#         enabled_log { category = "Administrative" }
#         enabled_log { category = "Security" }
#         enabled_log { category = "Policy" }
#         enabled_log { category = "Alert" }
#       }
#   aliases:
#     prowler: [monitor_diagnostic_settings_exists, monitor_diagnostic_setting_with_appropriate_categories]
#     trivy: [AVD-AZU-0033]
#   references:
#     - https://learn.microsoft.com/en-us/azure/azure-monitor/platform/activity-log
#     - https://learn.microsoft.com/en-us/azure/azure-monitor/platform/activity-log-schema
#   params:
#     categories:
#       type: strings
#       description: Categories of the activity log that must leave the subscription
#       default: [Administrative, Security, Policy, Alert]
#   limits: >-
#     Whether the destination is there, how long it keeps the events and who may change them is not
#     judged. Log profiles, which came before diagnostic settings and are gone since 2026, do not count.
package rules.azure.monitor.activity_log_export

import rego.v1

exported := data.lib.azure.exported(input.properties.DiagnosticSettings)

missing contains category if {
	is_array(input.properties.DiagnosticSettings)
	some category in input.params.categories
	not lower(category) in exported
	not "alllogs" in exported
}

pass if {
	is_array(input.params.categories)
	count(exported) > 0
	count(missing) == 0
}

fail contains {"message": sprintf("events of the category %s are sent nowhere", [category]), "at": "/DiagnosticSettings", "key": category} if {
	some category in missing
}
