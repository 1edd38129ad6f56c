# METADATA
# title: PostgreSQL server does not enforce TLS
# description: Clients may connect in clear text, passwords and rows included.
# scope: package
# custom:
#   id: AZ-PG-001
#   severity: high
#   objective: crypto.in_transit
#   resource: Microsoft.DBforPostgreSQL/flexibleServers
#   remediation:
#     text: Set require_secure_transport to on, and ssl_min_protocol_version to TLSv1.2 or TLSv1.3.
#     terraform: |
#       resource "azurerm_postgresql_flexible_server_configuration" "tls" {
#         server_id = azurerm_postgresql_flexible_server.this.id
#         name      = "require_secure_transport"
#         value     = "on"
#       }
#     bicep: |
#       resource tls 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = {
#         parent: server
#         name: 'require_secure_transport'
#         properties: {
#           value: 'on'
#           source: 'user-override'
#         }
#       }
#     cli: az postgres flexible-server parameter set --resource-group RG --server-name SERVER --name require_secure_transport --value on
#   aliases:
#     prowler: [postgresql_flexible_server_enforce_ssl_enabled]
#     trivy: [AVD-AZU-0020]
#   references:
#     - https://learn.microsoft.com/azure/postgresql/flexible-server/how-to-connect-tls-ssl
#     - https://learn.microsoft.com/azure/templates/microsoft.dbforpostgresql/flexibleservers/configurations
package rules.azure.postgresql.forced_tls

import rego.v1

import data.lib.database

forced := database.setting(input.properties.configurations, "require_secure_transport")

oldest := database.setting(input.properties.configurations, "ssl_min_protocol_version")

weak if oldest in {"tlsv1", "tlsv1.0", "tlsv1.1", ""}

pass if {
	forced == "on"
	not database.pending(input.properties.configurations, "require_secure_transport")
	not weak
}

fail contains {"message": sprintf("require_secure_transport is %s", [forced]), "at": "/configurations", "key": "require_secure_transport"} if {
	forced != "on"
}

fail contains {"message": sprintf("ssl_min_protocol_version is %s", [oldest]), "at": "/configurations", "key": "ssl_min_protocol_version"} if {
	weak
}
