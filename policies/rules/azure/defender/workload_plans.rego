# METADATA
# title: Workload protection plan is off for a used resource class
# description: Nobody looks for attacks on resources of a class whose plan of Defender for Cloud is off.
# scope: package
# custom:
#   id: AZ-DEF-001
#   severity: high
#   objective: monitoring.threat_detection
#   resource: Microsoft.Resources/subscriptions
#   related:
#     - {type: Microsoft.Compute/virtualMachines, scope: account, facets: []}
#     - {type: Microsoft.Storage/storageAccounts, scope: account, facets: []}
#     - {type: Microsoft.KeyVault/vaults, scope: account, facets: []}
#     - {type: Microsoft.ContainerService/managedClusters, scope: account, facets: []}
#     - {type: Microsoft.ContainerRegistry/registries, scope: account, facets: []}
#     - {type: Microsoft.Sql/servers, scope: account, facets: []}
#     - {type: Microsoft.DBforPostgreSQL/flexibleServers, scope: account, facets: []}
#     - {type: Microsoft.DBforMySQL/flexibleServers, scope: account, facets: []}
#     - {type: Microsoft.DocumentDB/databaseAccounts, scope: account, facets: []}
#     - {type: Microsoft.Web/sites, scope: account, facets: []}
#   remediation:
#     text: Turn on the plan of each class that the subscription uses. Plans cost money by resource.
#     cli: |
#       az security pricing create --name VirtualMachines --tier Standard --subplan P2
#       az security pricing create --name StorageAccounts --tier Standard --subplan DefenderForStorageV2
#       az security pricing create --name KeyVaults --tier Standard
#       az security pricing create --name Containers --tier Standard
#     bicep: |
#       targetScope = 'subscription'
#       resource servers 'Microsoft.Security/pricings@2024-01-01' = {
#         name: 'VirtualMachines'
#         properties: { pricingTier: 'Standard', subPlan: 'P2' }
#       }
#     terraform: |
#       resource "azurerm_security_center_subscription_pricing" "servers" {
#         resource_type = "VirtualMachines"
#         tier          = "Standard"
#         subplan       = "P2"
#       }
#   aliases:
#     prowler:
#       - defender_ensure_defender_for_server_is_on
#       - defender_ensure_defender_for_storage_is_on
#       - defender_ensure_defender_for_containers_is_on
#       - defender_ensure_defender_for_keyvault_is_on
#       - defender_ensure_defender_for_azure_sql_databases_is_on
#       - defender_ensure_defender_for_app_services_is_on
#       - defender_ensure_defender_for_cosmosdb_is_on
#     trivy: [AVD-AZU-0045]
#   references:
#     - https://learn.microsoft.com/en-us/azure/defender-for-cloud/defender-for-cloud-introduction
#     - https://learn.microsoft.com/en-us/rest/api/defenderforcloud/pricings/list
#   limits: >-
#     A plan of the subscription can be overridden for one resource; where Defender itself says that
#     the plan covers a part only, the rule fails. Scale sets, Arc machines and SQL on machines are not
#     counted as use. Which extensions of a plan are on is not judged.
package rules.azure.defender.workload_plans

import rego.v1

# The plan of each class, and older ones that still count for it.
plans := {
	"Microsoft.Compute/virtualMachines": {"VirtualMachines"},
	"Microsoft.Storage/storageAccounts": {"StorageAccounts"},
	"Microsoft.KeyVault/vaults": {"KeyVaults"},
	"Microsoft.ContainerService/managedClusters": {"Containers", "KubernetesService"},
	"Microsoft.ContainerRegistry/registries": {"Containers", "ContainerRegistry"},
	"Microsoft.Sql/servers": {"SqlServers"},
	"Microsoft.DBforPostgreSQL/flexibleServers": {"OpenSourceRelationalDatabases"},
	"Microsoft.DBforMySQL/flexibleServers": {"OpenSourceRelationalDatabases"},
	"Microsoft.DocumentDB/databaseAccounts": {"CosmosDbs"},
	"Microsoft.Web/sites": {"AppServices"},
}

used contains class if {
	some class, _ in plans
	count(input.related[class]) > 0
}

not_applicable contains {"reason": "the subscription has no resource of a class that a plan protects"} if {
	is_array(input.properties.DefenderPlans)
	count(used) == 0
}

on(plan) if {
	plan.pricingTier == "Standard"
	object.get(plan, "resourcesCoverageStatus", "FullyCovered") in {"FullyCovered", null}
}

active := {plan.name | some plan in input.properties.DefenderPlans; on(plan)}

partly := {plan.name |
	some plan in input.properties.DefenderPlans
	plan.pricingTier == "Standard"
	not on(plan)
}

bare := {class | some class in used; count(plans[class] & active) == 0}

pass if {
	count(used) > 0
	count(bare) == 0
	is_array(input.properties.DefenderPlans)
}

fail contains {"message": sprintf("%s are used and the plan %s is off", [class, concat(" or ", plans[class])]), "at": "/DefenderPlans", "key": class} if {
	some class in bare
	count(plans[class] & partly) == 0
}

fail contains {"message": sprintf("the plan %s covers only a part of %s", [concat(" or ", plans[class] & partly), class]), "at": "/DefenderPlans", "key": class} if {
	some class in bare
	count(plans[class] & partly) > 0
}
