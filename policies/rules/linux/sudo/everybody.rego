# METADATA
# title: Every user may run everything as root (sudo, doas, polkit)
# description: >-
#   No account is an ordinary one: whoever takes over any of them, a service's included, has root with that account's own password, or with none.
# scope: package
# custom:
#   id: LINUX-SUDO-010
#   severity: high
#   objective: identity.privileged_access
#   resource: [linux.sudoers, linux.doas, linux.polkit]
#   remediation:
#     text: >-
#       Grant it to a group of administrators instead of ALL, or ask for the target user's password (targetpw).
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#     - https://polkit.pages.freedesktop.org/polkit/polkit.8.html
#   limits: >-
#     A group that everybody happens to be in is not taken for everybody. Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.everybody

import rego.v1

bad := [{"i": i, "g": g} |
	some i, g in input.properties.Grants
	g.User == "ALL"
	g.Root == true
	g.Gives in {"everything", "everything_but", "shell"}
	own(g)
]

own(g) if g.Password == "own"

own(g) if g.Authenticate.value == false

pass if {
	count(input.properties.Errors) == 0
	is_array(input.properties.Grants)
	count(bad) == 0
}

fail contains {"message": sprintf("every user may run %s as root", [b.g.Command]), "at": sprintf("/Grants/%d", [b.i]), "key": sprintf("%s/%s", [b.g.As, b.g.Command])} if {
	some b in bad
	b.g.Certain == true
}
