# METADATA
# title: Generated boot file disagrees with its sources
# description: >-
#   The settings that were reviewed are not those that start the machine, now or after the next
#   update of a kernel.
# scope: package
# custom:
#   id: LINUX-BOOT-003
#   severity: medium
#   objective: config.change_control
#   resource: linux.boot
#   remediation:
#     text: >-
#       Put the wanted words into the sources, generate the menu again, and restart.
#     cli: |
#       update-grub   # Debian, Ubuntu
#       grub2-mkconfig -o /boot/grub2/grub.cfg   # others
#   aliases:
#     catalogue: [boot.regenerated]
#   references:
#     - https://www.gnu.org/software/grub/manual/grub/grub.html
#   limits: >-
#     Compares the words of kernels and the password of GRUB's menu; words that the generator adds
#     by itself (root, ro, initrd…) are left out. Entries of scripts of one's own are not compared.
package rules.linux.boot.sources_disagree

import rego.v1

not_applicable contains {"reason": "no boot menu is generated on the disk"} if {
	input.properties.Generated == false
}

pass if {
	input.properties.Generated == true
	count(input.properties.Disagreements) == 0
}

fail contains {"message": d.What, "at": sprintf("/Disagreements/%d", [i]), "key": d.What} if {
	input.properties.Generated == true
	some i, d in input.properties.Disagreements
}
