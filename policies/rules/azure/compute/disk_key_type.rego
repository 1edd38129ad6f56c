# METADATA
# title: Managed disk is not encrypted with the required key type
# description: >-
#   Azure encrypts every disk with a key of its own. Where the organisation asks for keys that it
#   controls, or for two layers, a disk without them breaks its promise.
# scope: package
# custom:
#   id: AZ-VM-001
#   severity: medium
#   objective: crypto.at_rest
#   resource: Microsoft.Compute/disks
#   remediation:
#     text: Make a disk encryption set of the required kind and encrypt the disk with it; the machine must be stopped meanwhile.
#     cli: |
#       az vm deallocate --name VM --resource-group GROUP
#       az disk update --name DISK --resource-group GROUP --encryption-type EncryptionAtRestWithCustomerKey --disk-encryption-set SET-ID
#     bicep: |
#       resource disk 'Microsoft.Compute/disks@2024-03-02' = {
#         name: name
#         location: location
#         properties: {
#           creationData: { createOption: 'Empty' }
#           diskSizeGB: 64
#           encryption: { type: 'EncryptionAtRestWithCustomerKey', diskEncryptionSetId: set.id }
#         }
#       }
#     terraform: |
#       resource "azurerm_managed_disk" "this" {
#         disk_encryption_set_id = azurerm_disk_encryption_set.this.id
#       }
#   aliases:
#     prowler: [vm_ensure_attached_disks_encrypted_with_cmk]
#     trivy: [AVD-AZU-0038]
#   references:
#     - https://learn.microsoft.com/en-us/azure/virtual-machines/disk-encryption
#   params:
#     accepted:
#       type: strings
#       description: >-
#         Kinds of encryption that are accepted, as Azure names them:
#         EncryptionAtRestWithPlatformKey, EncryptionAtRestWithCustomerKey,
#         EncryptionAtRestWithPlatformAndCustomerKeys
#   limits: >-
#     Judges the server-side encryption of the disk. Encryption at the host, encryption inside the
#     machine (Azure Disk Encryption) and of confidential machines come on top and are not asked.
package rules.azure.compute.disk_key_type

import rego.v1

kind := input.properties.encryption.type

accepted := {lower(word) | some word in input.params.accepted}

pass if lower(kind) in accepted

fail contains {"message": sprintf("the disk has %s", [kind]), "at": "/encryption/type"} if {
	is_string(kind)
	is_array(input.params.accepted)
	not lower(kind) in accepted
}
