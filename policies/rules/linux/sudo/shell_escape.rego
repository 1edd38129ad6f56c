# METADATA
# title: A grant of sudo or doas gives a shell, or any file, as root
# description: >-
#   A narrow grant turns out to mean full root: editors and pagers start shells, many tools run a program of the caller's choice, write any file, or show one.
# scope: package
# custom:
#   id: LINUX-SUDO-003
#   severity: high
#   objective: identity.privileged_access
#   resource: [linux.sudoers, linux.doas]
#   remediation:
#     text: >-
#       Name exact arguments, use sudoedit for single files, or set NOEXEC where a program needs no others.
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#   aliases:
#     catalogue: [sudo.shell_escape]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Programs are known by name and by what their path links to; a copy under another name is not noticed. Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.shell_escape

import rego.v1

bad := [{"i": i, "g": g} |
	some i, g in input.properties.Grants
	g.Root == true
	words[g.Gives]
]

words := {
	"shell": "is a shell",
	"escape": "starts other programs",
	"write": "writes any file",
	"read": "shows any file",
	"everything_but": "a copy of what is taken out gets around",
}

pass if {
	count(input.properties.Errors) == 0
	is_array(input.properties.Grants)
	count(bad) == 0
}

fail contains {"message": sprintf("%s may run %s as root, which %s", [b.g.User, b.g.Command, words[b.g.Gives]]), "at": sprintf("/Grants/%d", [b.i]), "key": sprintf("%s/%s/%s", [b.g.User, b.g.As, b.g.Command])} if {
	some b in bad
	b.g.Certain == true
}
