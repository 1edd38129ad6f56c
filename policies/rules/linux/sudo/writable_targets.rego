# METADATA
# title: A program granted through sudo or doas, or its directory, is writable by others than root
# description: >-
#   Replacing the program turns one allowed command into any command.
# scope: package
# custom:
#   id: LINUX-SUDO-008
#   severity: high
#   objective: identity.privileged_access
#   resource: [linux.sudoers, linux.doas]
#   remediation:
#     text: >-
#       Give the program and every directory above it to root, writable by nobody else.
#     cli: |
#       chown root:root PATH && chmod go-w PATH
#   aliases:
#     catalogue: [sudo.writable_targets]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Scripts that a granted interpreter is given as an argument are not followed. Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.writable_targets

import rego.v1

bad := [{"i": i, "g": g} |
	some i, g in input.properties.Grants
	g.Pinned == false
	count(g.Writers) > 0
]

pass if {
	count(input.properties.Errors) == 0
	is_array(input.properties.Grants)
	count(bad) == 0
}

fail contains {"message": sprintf("%s may run %s as %s, which %s can replace", [b.g.User, b.g.Command, b.g.As, concat(", ", b.g.Writers)]), "at": sprintf("/Grants/%d", [b.i]), "key": sprintf("%s/%s/%s", [b.g.User, b.g.As, b.g.Command])} if {
	some b in bad
	b.g.Certain == true
}
