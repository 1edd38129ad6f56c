# METADATA
# title: Commands of root are granted without authentication (sudo, doas, polkit)
# description: >-
#   Privilege is granted without checking who sits at the keyboard. NOPASSWD tags, Defaults lines for users, hosts, targets or commands, and the exempt group do it in sudo, nopass in doas, a YES of a rule, a `.pkla` entry or an action in polkit.
# scope: package
# custom:
#   id: LINUX-SUDO-002
#   severity: critical
#   objective: identity.privileged_access
#   resource: [linux.sudoers, linux.doas, linux.polkit]
#   remediation:
#     text: >-
#       Remove the NOPASSWD tag, the !authenticate default, the exempt group, the nopass or the YES that the finding names.
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#   aliases:
#     catalogue: [sudo.no_authenticate]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline. Of polkit, actions that give root are asked for; who counts as an administrator is not judged.
package rules.linux.sudo.no_authenticate

import rego.v1

# As root, or something that gives more than its own purpose as somebody else.
weighty(g) if g.Root == true

weighty(g) if g.Gives != null

bad := [{"i": i, "g": g} |
	some i, g in input.properties.Grants
	g.Authenticate.value == false
	weighty(g)
]

pass if {
	count(input.properties.Errors) == 0
	is_array(input.properties.Grants)
	count(bad) == 0
}

fail contains {"message": sprintf("%s may run %s as %s without authenticating", [b.g.User, b.g.Command, b.g.As]), "at": sprintf("/Grants/%d/Authenticate", [b.i]), "key": sprintf("%s/%s/%s", [b.g.User, b.g.As, b.g.Command])} if {
	some b in bad
	b.g.Certain == true
}
