# METADATA
# title: Virtual machine lacks trusted launch
# description: A boot kit that changes the loader or the kernel stays unseen by everything that starts after it.
# scope: package
# custom:
#   id: AZ-VM-004
#   severity: medium
#   objective: config.hardening
#   resource: Microsoft.Compute/virtualMachines
#   remediation:
#     text: >-
#       Turn on trusted launch with secure boot and the virtual TPM; machines of generation 1 are
#       upgraded or made anew. The machine must be stopped meanwhile.
#     cli: |
#       az vm deallocate --name NAME --resource-group GROUP
#       az vm update --name NAME --resource-group GROUP --security-type TrustedLaunch --enable-secure-boot true --enable-vtpm true
#     bicep: |
#       resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {
#         name: name
#         location: location
#         properties: {
#           securityProfile: {
#             securityType: 'TrustedLaunch'
#             uefiSettings: { secureBootEnabled: true, vTpmEnabled: true }
#           }
#         }
#       }
#     terraform: |
#       resource "azurerm_linux_virtual_machine" "this" {
#         secure_boot_enabled = true
#         vtpm_enabled        = true
#       }
#   aliases:
#     prowler: [vm_trusted_launch_enabled]
#   references:
#     - https://learn.microsoft.com/en-us/azure/virtual-machines/trusted-launch
#   limits: Sizes and images that cannot have it fail too; waive them. What the attestation says is not read.
package rules.azure.compute.trusted_launch

import rego.v1

profile := input.properties.securityProfile

launch if profile.securityType in {"TrustedLaunch", "ConfidentialVM"}

boot if profile.uefiSettings.secureBootEnabled == true

tpm if profile.uefiSettings.vTpmEnabled == true

known if profile == null

known if is_object(profile)

pass if {
	launch
	boot
	tpm
}

fail contains {"message": "its security type is neither trusted launch nor confidential", "at": "/securityProfile", "key": "type"} if {
	known
	not launch
}

fail contains {"message": "secure boot is off", "at": "/securityProfile", "key": "secure_boot"} if {
	launch
	not boot
}

fail contains {"message": "it has no virtual TPM", "at": "/securityProfile", "key": "vtpm"} if {
	launch
	not tpm
}
