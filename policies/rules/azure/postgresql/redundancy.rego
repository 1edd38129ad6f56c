# METADATA
# title: Managed database has no geo-redundant backup or zone redundancy
# description: If the region burns, backups that lie in it burn too; if one zone fails, a server without a standby in another is down until somebody restores it.
# scope: package
# custom:
#   id: AZ-PG-002
#   severity: medium
#   objective: resilience.redundancy
#   resource: [Microsoft.DBforPostgreSQL/flexibleServers, Microsoft.DBforMySQL/flexibleServers]
#   remediation:
#     text: Turn on zone-redundant high availability. Geo-redundant backup can be chosen only when a server is made; restore into a new one where it is missing.
#     terraform: |
#       resource "azurerm_postgresql_flexible_server" "this" {
#         # …
#         geo_redundant_backup_enabled = true
#         high_availability {
#           mode = "ZoneRedundant"
#         }
#       }
#     bicep: |
#       resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
#         name: name
#         location: location
#         properties: {
#           backup: { geoRedundantBackup: 'Enabled' }
#           highAvailability: { mode: 'ZoneRedundant' }
#         }
#       }
#     cli: az postgres flexible-server update --resource-group RG --name SERVER --high-availability ZoneRedundant
#   aliases:
#     prowler: [postgresql_flexible_server_geo_redundant_backup_enabled, postgresql_flexible_server_high_availability_enabled]
#   references:
#     - https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-high-availability
#     - https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-backup-restore
#     - https://learn.microsoft.com/azure/mysql/flexible-server/concepts-high-availability
#   limits: Read replicas in other regions, which can be promoted, are not counted. Some regions and tiers offer neither; the finding holds there too.
package rules.azure.postgresql.redundancy

import rego.v1

not_applicable contains {"reason": "the server is a replica"} if {
	input.properties.replicationRole in {"AsyncReplica", "GeoAsyncReplica", "Replica"}
}

mode := input.properties.highAvailability.mode

pass if {
	input.properties.backup.geoRedundantBackup == "Enabled"
	mode == "ZoneRedundant"
}

fail contains {"message": "backups lie in the server's region only", "at": "/backup/geoRedundantBackup", "key": "backup"} if {
	input.properties.backup.geoRedundantBackup == "Disabled"
}

fail contains {"message": "no standby runs", "at": "/highAvailability", "key": "standby"} if mode == "Disabled"

fail contains {"message": "no standby runs", "at": "/highAvailability", "key": "standby"} if {
	input.properties.highAvailability == null
}

fail contains {"message": "the standby runs in the same zone", "at": "/highAvailability", "key": "standby"} if {
	mode == "SameZone"
}
