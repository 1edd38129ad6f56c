# METADATA
# title: MySQL server does not enforce TLS
# description: Clients may connect in clear text, passwords and rows included.
# scope: package
# custom:
#   id: AZ-MY-001
#   severity: high
#   objective: crypto.in_transit
#   resource: Microsoft.DBforMySQL/flexibleServers
#   remediation:
#     text: Set require_secure_transport to ON and tls_version to TLSv1.2 or TLSv1.3.
#     terraform: |
#       resource "azurerm_mysql_flexible_server_configuration" "tls" {
#         name                = "require_secure_transport"
#         resource_group_name = azurerm_resource_group.this.name
#         server_name         = azurerm_mysql_flexible_server.this.name
#         value               = "ON"
#       }
#     bicep: |
#       resource tls 'Microsoft.DBforMySQL/flexibleServers/configurations@2023-12-30' = {
#         parent: server
#         name: 'require_secure_transport'
#         properties: {
#           value: 'ON'
#           source: 'user-override'
#         }
#       }
#     cli: az mysql flexible-server parameter set --resource-group RG --server-name SERVER --name require_secure_transport --value ON
#   aliases:
#     prowler: [mysql_flexible_server_ssl_connection_enabled]
#     trivy: [AVD-AZU-0020]
#   references:
#     - https://learn.microsoft.com/azure/mysql/flexible-server/how-to-connect-tls-ssl
#     - https://learn.microsoft.com/azure/templates/microsoft.dbformysql/flexibleservers/configurations
package rules.azure.mysql.forced_tls

import rego.v1

import data.lib.database

forced := database.setting(input.properties.configurations, "require_secure_transport")

listed := database.setting(input.properties.configurations, "tls_version")

versions := {trim_space(v) | some v in split(listed, ",")}

weak := versions & {"tlsv1", "tlsv1.0", "tlsv1.1"}

pass if {
	forced in {"on", "1"}
	not database.pending(input.properties.configurations, "require_secure_transport")
	is_string(listed)
	count(weak) == 0
}

fail contains {"message": sprintf("require_secure_transport is %s", [forced]), "at": "/configurations", "key": "require_secure_transport"} if {
	is_string(forced)
	not forced in {"on", "1"}
}

fail contains {"message": sprintf("tls_version allows %s", [concat(", ", weak)]), "at": "/configurations", "key": "tls_version"} if {
	count(weak) > 0
}
