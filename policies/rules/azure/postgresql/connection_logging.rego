# METADATA
# title: Managed database connection logging is off
# description: Without it nobody can say who was signed in, from where, and for how long.
# scope: package
# custom:
#   id: AZ-PG-003
#   severity: medium
#   objective: logging.produce
#   resource: Microsoft.DBforPostgreSQL/flexibleServers
#   remediation:
#     text: Set log_connections and log_disconnections to on, and send the server's logs to a workspace with a diagnostic setting.
#     terraform: |
#       resource "azurerm_postgresql_flexible_server_configuration" "connections" {
#         server_id = azurerm_postgresql_flexible_server.this.id
#         name      = "log_connections"
#         value     = "on"
#       }
#     bicep: |
#       resource connections 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = {
#         parent: server
#         name: 'log_connections'
#         properties: {
#           value: 'on'
#           source: 'user-override'
#         }
#       }
#     cli: az postgres flexible-server parameter set --resource-group RG --server-name SERVER --name log_connections --value on
#   aliases:
#     prowler: [postgresql_flexible_server_log_connections_on, postgresql_flexible_server_log_disconnections_on]
#     trivy: [AVD-AZU-0019]
#   references:
#     - https://www.postgresql.org/docs/current/runtime-config-logging.html
#     - https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-logging
#   limits: Whether a diagnostic setting sends the logs anywhere is not looked at.
package rules.azure.postgresql.connection_logging

import rego.v1

import data.lib.database

names := {"log_connections", "log_disconnections"}

value[name] := database.setting(input.properties.configurations, name) if some name in names

# Since PostgreSQL 18 log_connections is a list of what is written.
on(text) if text in {"on", "true", "yes", "1", "all"}

on(text) if {
	some part in split(text, ",")
	trim_space(part) in {"authentication", "authorization"}
}

good contains name if {
	some name in names
	on(value[name])
	not database.pending(input.properties.configurations, name)
}

pass if good == names

fail contains {"message": sprintf("%s is %s", [name, value[name]]), "at": "/configurations", "key": name} if {
	some name in names
	is_string(value[name])
	not on(value[name])
}
