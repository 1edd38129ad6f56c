# METADATA
# title: System updates or endpoint protection are missing on machines
# description: Defender for Cloud says that the machine lacks security updates, or that nothing on it detects an attacker.
# scope: package
# custom:
#   id: AZ-DEF-003
#   severity: medium
#   objective: vulnerability.patching
#   resource: Microsoft.Compute/virtualMachines
#   remediation:
#     text: Install the updates (a maintenance configuration does it by schedule), and onboard the machine to an endpoint detection that Defender for Cloud knows.
#     cli: |
#       az vm install-patches --resource-group GROUP --name NAME --maximum-duration PT2H --reboot-setting IfRequired --classifications-to-include-linux Critical Security
#       az security pricing create --name VirtualMachines --tier Standard --subplan P2
#     bicep: |
#       resource patch 'Microsoft.Maintenance/configurationAssignments@2023-04-01' = {
#         name: 'security'
#         scope: vm
#         location: location
#         properties: { maintenanceConfigurationId: configuration.id }
#       }
#     terraform: |
#       resource "azurerm_maintenance_assignment_virtual_machine" "this" {
#         location                     = azurerm_resource_group.this.location
#         maintenance_configuration_id = azurerm_maintenance_configuration.this.id
#         virtual_machine_id           = azurerm_linux_virtual_machine.this.id
#       }
#   aliases:
#     prowler: [defender_ensure_system_updates_are_applied, defender_assessments_vm_endpoint_protection_installed]
#   references:
#     - https://learn.microsoft.com/en-us/azure/defender-for-cloud/enable-periodic-system-updates
#     - https://learn.microsoft.com/en-us/azure/defender-for-cloud/endpoint-detection-response
#   limits: >-
#     Believes Defender for Cloud, which looks about once a day. Both assessments must say healthy; a
#     machine that one of them leaves out (plan off, exempted, switched off, not supported) is not
#     assessed, and says why. The older assessments by the retired monitoring agent do not count. Scale sets and
#     machines elsewhere (Arc) are not judged.
package rules.azure.defender.machine_assessments

import rego.v1

said := input.derived.assessments

pass if {
	said.updates == "Healthy"
	said.endpoint == "Healthy"
}

fail contains {"message": "Defender for Cloud says that system updates are missing", "at": "", "key": "updates"} if {
	said.updates == "Unhealthy"
}

fail contains {"message": "Defender for Cloud finds no endpoint detection on it", "at": "", "key": "endpoint"} if {
	said.endpoint == "Unhealthy"
}
