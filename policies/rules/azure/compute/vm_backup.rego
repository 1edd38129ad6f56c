# METADATA
# title: Virtual machine is not protected by backup
# description: What happens to the machine or its disks cannot be undone.
# scope: package
# custom:
#   id: AZ-VM-003
#   severity: medium
#   objective: resilience.backup
#   resource: Microsoft.Compute/virtualMachines
#   remediation:
#     text: Protect the machine by a policy of a Recovery Services vault in its region.
#     cli: az backup protection enable-for-vm --resource-group GROUP --vault-name VAULT --vm VM-ID --policy-name POLICY
#     bicep: |
#       resource item 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems@2024-04-01' = {
#         name: '${vaultName}/Azure/iaasvmcontainer;iaasvmcontainerv2;${group};${vmName}/vm;iaasvmcontainerv2;${group};${vmName}'
#         properties: {
#           protectedItemType: 'Microsoft.Compute/virtualMachines'
#           policyId: policy.id
#           sourceResourceId: vm.id
#         }
#       }
#     terraform: |
#       resource "azurerm_backup_protected_vm" "this" {
#         resource_group_name = azurerm_recovery_services_vault.this.resource_group_name
#         recovery_vault_name = azurerm_recovery_services_vault.this.name
#         source_vm_id        = azurerm_linux_virtual_machine.this.id
#         backup_policy_id    = azurerm_backup_policy_vm.this.id
#       }
#   aliases:
#     prowler: [vm_backup_enabled, recovery_vault_has_protected_items]
#   references:
#     - https://learn.microsoft.com/en-us/azure/backup/backup-azure-vms-introduction
#   limits: >-
#     Sees Recovery Services vaults of the scanned subscriptions. Backups of single disks by Backup
#     vaults, site recovery, snapshots and other products are not seen. Machines that are made anew
#     rather than restored fail too. Whether the last backups succeeded is not judged.
package rules.azure.compute.vm_backup

import rego.v1

protected := [item |
	some item in input.derived.backups
	item.deleted == false
	item.state == "Protected"
]

pass if count(protected) > 0

fail contains {"message": message, "at": ""} if {
	is_array(input.derived.backups)
	count(protected) == 0
	message := said(input.derived.backups)
}

said(items) := "no vault protects it" if count(items) == 0

said(items) := sprintf("its backup is in the state %s", [concat(", ", states)]) if {
	count(items) > 0
	states := {word | some item in items; word := state(item)}
}

state(item) := "deleted" if item.deleted == true

state(item) := item.state if {
	item.deleted == false
	is_string(item.state)
}

state(item) := "unknown" if {
	item.deleted == false
	item.state == null
}
