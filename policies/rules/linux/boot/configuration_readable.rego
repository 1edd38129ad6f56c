# METADATA
# title: Generated boot configuration is readable by others
# description: >-
#   It can hold the hash of the menu's password and shows the options that the host starts with.
#   Whoever can change it owns the host. Sources in /etc/grub.d that hold a password count as well.
# scope: package
# custom:
#   id: LINUX-BOOT-001
#   severity: medium
#   objective: config.hardening
#   resource: linux.boot
#   remediation:
#     text: >-
#       Take the rights of group and others away. The generator makes the file readable again
#       unless it holds a password, so set one, or close the directory.
#     cli: |
#       chmod og-rwx /boot/grub/grub.cfg   # or chmod 0700 /boot/grub
#   aliases:
#     catalogue: [boot.cfg_perm]
#   references:
#     - https://www.gnu.org/software/grub/manual/grub/grub.html
#   limits: >-
#     Files on an EFI system partition have the rights that its mount gives them; they are seen
#     where it is mounted.
package rules.linux.boot.configuration_readable

import rego.v1

not_applicable contains {"reason": "no boot loader is on the disk"} if {
	input.properties.Loader == null
}

others := [{"at": sprintf("/Files/%d", [i]), "path": f.path, "who": who} |
	some i, f in input.properties.Files
	some who in array.concat([sprintf("read by %s", [r]) | some r in f.readers], [sprintf("changed by %s", [w]) | some w in f.writers])
]

pass if {
	is_string(input.properties.Loader)
	count(input.properties.Files) > 0
	count(others) == 0
}

not_applicable contains {"reason": "no boot configuration is on the disk"} if {
	is_string(input.properties.Loader)
	count(input.properties.Files) == 0
}

fail contains {"message": sprintf("%s can be %s", [o.path, o.who]), "at": o.at, "key": sprintf("%s %s", [o.path, o.who])} if {
	is_string(input.properties.Loader)
	some o in others
}
