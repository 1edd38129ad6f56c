# METADATA
# title: Boot options switch kernel protections off
# description: >-
#   One word on the boot line undoes what many later settings are to achieve: mitigations, access
#   control, audit, the init itself.
# scope: package
# custom:
#   id: LINUX-KERNEL-001
#   severity: high
#   objective: config.hardening
#   resource: linux.kernel
#   remediation:
#     text: >-
#       Take the word out of the sources (/etc/default/grub, /etc/default/grub.d,
#       /etc/kernel/cmdline), generate the menu again, and restart.
#     cli: |
#       update-grub   # Debian, Ubuntu
#       grub2-mkconfig -o /boot/grub2/grub.cfg   # others
#       grubby --update-kernel=ALL --remove-args=WORD   # entries of the boot loader specification
#   aliases:
#     catalogue: [kernel.cmdline]
#   references:
#     - https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
#     - https://man7.org/linux/man-pages/man7/kernel-command-line.7.html
#   limits: >-
#     Judges the entries on the disk and their sources. Words typed at the console, given by a
#     network boot or by a hypervisor show up on the running host only, as RunningDisarmed. Unified
#     kernel images are not opened: where one lies on the disk, nothing is assessed.
package rules.linux.kernel.protections_off

import rego.v1

pass if count(input.properties.Disarmed) == 0

fail contains {"message": sprintf("%s switches off %s", [d.Option, d.Protection]), "at": sprintf("/Disarmed/%d", [i]), "key": d.Option} if {
	some i, d in input.properties.Disarmed
	d.Generated == true
}

fail contains {"message": sprintf("%s, in the sources of the boot entries, will switch off %s", [d.Option, d.Protection]), "at": sprintf("/Disarmed/%d", [i]), "key": sprintf("sources/%s", [d.Option])} if {
	some i, d in input.properties.Disarmed
	d.Generated == false
}
