# METADATA
# title: No alert on policy, network or security-solution changes
# description: Who opens the perimeter, deletes a policy or a security solution should be heard of within minutes, not at the next audit.
# scope: package
# custom:
#   id: AZ-MON-002
#   severity: medium
#   objective: monitoring.alerting
#   resource: Microsoft.Resources/subscriptions
#   related:
#     - {type: Microsoft.Insights/activityLogAlerts, scope: account, facets: [enabled, scopes, condition, actions]}
#     - type: Microsoft.Insights/actionGroups
#       scope: estate
#       facets:
#         - enabled
#         - emailReceivers
#         - smsReceivers
#         - azureAppPushReceivers
#         - webhookReceivers
#         - itsmReceivers
#         - automationRunbookReceivers
#         - voiceReceivers
#         - logicAppReceivers
#         - azureFunctionReceivers
#         - armRoleReceivers
#         - eventHubReceivers
#   remediation:
#     text: >-
#       Make an activity log alert over the whole subscription for each operation, with an action group
#       that reaches somebody.
#     cli: |
#       az monitor activity-log alert create --name nsg-write --resource-group GROUP --scope /subscriptions/SUBSCRIPTION --condition category=Administrative and operationName=Microsoft.Network/networkSecurityGroups/write --action-group ACTION-GROUP-ID
#     bicep: |
#       resource alert 'Microsoft.Insights/activityLogAlerts@2020-10-01' = {
#         name: 'perimeter'
#         location: 'global'
#         properties: {
#           enabled: true
#           scopes: [ subscription().id ]
#           condition: {
#             allOf: [
#               { field: 'category', equals: 'Administrative' }
#               { field: 'operationName', containsAny: [
#                 'Microsoft.Network/networkSecurityGroups/write'
#                 'Microsoft.Network/networkSecurityGroups/securityRules/write'
#                 'Microsoft.Network/publicIPAddresses/write'
#               ] }
#             ]
#           }
#           actions: { actionGroups: [ { actionGroupId: group.id } ] }
#         }
#       }
#     terraform: |
#       resource "azurerm_monitor_activity_log_alert" "nsg" {
#         name                = "nsg-write"
#         resource_group_name = azurerm_resource_group.this.name
#         location            = "global"
#         scopes              = [data.azurerm_subscription.current.id]
#         criteria {
#           category       = "Administrative"
#           operation_name = "Microsoft.Network/networkSecurityGroups/write"
#         }
#         action { action_group_id = azurerm_monitor_action_group.this.id }
#       }
#   aliases:
#     prowler:
#       - monitor_alert_create_policy_assignment
#       - monitor_alert_create_update_nsg
#       - monitor_alert_create_update_security_solution
#       - monitor_alert_create_update_public_ip_address_rule
#   references:
#     - https://learn.microsoft.com/en-us/azure/azure-monitor/alerts/alerts-create-activity-log-alert-rule
#     - https://learn.microsoft.com/en-us/azure/azure-monitor/platform/activity-log-schema
#   params:
#     operations:
#       type: strings
#       description: Operations of which somebody must be told
#       default:
#         - Microsoft.Authorization/policyAssignments/write
#         - Microsoft.Authorization/policyAssignments/delete
#         - Microsoft.Network/networkSecurityGroups/write
#         - Microsoft.Network/networkSecurityGroups/delete
#         - Microsoft.Network/networkSecurityGroups/securityRules/write
#         - Microsoft.Network/networkSecurityGroups/securityRules/delete
#         - Microsoft.Network/publicIPAddresses/write
#         - Microsoft.Network/publicIPAddresses/delete
#         - Microsoft.Security/securitySolutions/write
#         - Microsoft.Security/securitySolutions/delete
#   limits: >-
#     These operations are events of the category Administrative; an alert that asks for another one
#     (or narrows by caller, resource, group or an unusual level or status) does not count. Alerts over
#     workspaces, Sentinel and other products are not seen; nor whether a receiver reads what it gets.
package rules.azure.monitor.change_alerts

import rego.v1

alerts := [alert |
	some alert in input.related["Microsoft.Insights/activityLogAlerts"]
	not alert.properties.enabled == false
	some scope in alert.properties.scopes
	lower(trim_right(scope, "/")) == lower(input.id)
]

groups := input.related["Microsoft.Insights/actionGroups"]

receivers := [
	"emailReceivers", "smsReceivers", "azureAppPushReceivers", "webhookReceivers", "itsmReceivers",
	"automationRunbookReceivers", "voiceReceivers", "logicAppReceivers", "azureFunctionReceivers",
	"armRoleReceivers", "eventHubReceivers",
]

# Groups that reach somebody, by id. A receiver that disabled itself gets nothing.
reaching := {lower(group.id) |
	some group in groups
	not group.properties.enabled == false
	some name in receivers
	is_array(group.properties[name])
	some receiver in group.properties[name]
	not object.get(receiver, "status", null) == "Disabled"
}

known := {lower(group.id) | some group in groups}

called(alert) := {lower(action.actionGroupId) |
	is_object(alert.properties.actions)
	is_array(alert.properties.actions.actionGroups)
	some action in alert.properties.actions.actionGroups
}

# What a condition may ask of an event of these operations without missing one that matters.
usual := {
	"category": {"administrative"},
	"status": {"started", "succeeded"},
	"level": {"informational"},
}

words(condition) := {lower(word) |
	is_array(condition.containsAny)
	some word in condition.containsAny
} | {lower(condition.equals) | is_string(condition.equals)}

holds(condition, operation) if {
	is_string(condition.field)
	lower(condition.field) == "operationname"
	lower(operation) in words(condition)
}

holds(condition, _) if {
	is_string(condition.field)
	count(usual[lower(condition.field)] & words(condition)) > 0
}

satisfied(condition, operation) if holds(condition, operation)

satisfied(condition, operation) if {
	is_array(condition.anyOf)
	some other in condition.anyOf
	holds(other, operation)
}

matches(alert, operation) if {
	count(alert.properties.condition.allOf) > 0
	every condition in alert.properties.condition.allOf {
		satisfied(condition, operation)
	}
}

heard contains operation if {
	some operation in input.params.operations
	some alert in alerts
	matches(alert, operation)
	count(called(alert) & reaching) > 0
}

# An alert calls a group that the snapshot does not hold: nobody knows whether it reaches somebody.
unsure contains operation if {
	some operation in input.params.operations
	some alert in alerts
	matches(alert, operation)
	count(called(alert) - known) > 0
}

unheard := {operation |
	is_array(groups)
	some operation in input.params.operations
	not operation in heard
	not operation in unsure
}

pass if {
	count(input.params.operations) > 0
	count(heard) == count({operation | some operation in input.params.operations})
}

fail contains {"message": sprintf("nobody is told of %s", [operation]), "at": "", "key": operation} if {
	some operation in unheard
}
