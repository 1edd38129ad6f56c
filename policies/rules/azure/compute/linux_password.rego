# METADATA
# title: Linux virtual machine allows password sign-in
# description: Passwords are guessed, reused and bought; keys and sign-in with the directory are not.
# scope: package
# custom:
#   id: AZ-VM-002
#   severity: medium
#   objective: identity.strong_authentication
#   resource: Microsoft.Compute/virtualMachines
#   remediation:
#     text: >-
#       Make the machine with an SSH key and without a password. On a machine that exists, set
#       PasswordAuthentication no in its SSH server; Azure's record changes only with a new machine.
#     cli: az vm create --name NAME --resource-group GROUP --image IMAGE --authentication-type ssh --ssh-key-values KEY.pub
#     bicep: |
#       resource vm 'Microsoft.Compute/virtualMachines@2024-07-01' = {
#         name: name
#         location: location
#         properties: {
#           osProfile: {
#             computerName: name
#             adminUsername: admin
#             linuxConfiguration: {
#               disablePasswordAuthentication: true
#               ssh: { publicKeys: [ { path: '/home/${admin}/.ssh/authorized_keys', keyData: key } ] }
#             }
#           }
#         }
#       }
#     terraform: |
#       resource "azurerm_linux_virtual_machine" "this" {
#         disable_password_authentication = true
#         admin_ssh_key {
#           username   = "operator"
#           public_key = file("key.pub")
#         }
#       }
#   aliases:
#     prowler: [vm_linux_enforce_ssh_authentication]
#     trivy: [AVD-AZU-0039]
#   references:
#     - https://learn.microsoft.com/en-us/azure/virtual-machines/linux/create-ssh-keys-detailed
#   limits: >-
#     Judges what the machine was made with; what its SSH server says now is judged on the host
#     (LINUX-SSH). Machines made from a disk that was not generalised have no record.
package rules.azure.compute.linux_password

import rego.v1

disk := input.properties.storageProfile.osDisk

profile := input.properties.osProfile

not_applicable contains {"reason": "it runs Windows"} if disk.osType == "Windows"

linux if {
	disk.osType == "Linux"
	is_object(profile)
}

keys_only if profile.linuxConfiguration.disablePasswordAuthentication == true

pass if {
	linux
	keys_only
}

fail contains {"message": "the machine was made with password sign-in", "at": "/osProfile/linuxConfiguration/disablePasswordAuthentication"} if {
	linux
	not keys_only
}
