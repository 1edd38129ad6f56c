# METADATA
# title: Someone may run every command as root without authenticating (sudo, doas, polkit)
# description: >-
#   One hijacked session becomes root at once. The last entry that matches decides in sudo and doas, the first rule that answers in polkit.
# scope: package
# custom:
#   id: LINUX-SUDO-001
#   severity: critical
#   objective: identity.privileged_access
#   resource: [linux.sudoers, linux.doas, linux.polkit]
#   remediation:
#     text: >-
#       Take NOPASSWD, nopass or the YES away from the entry that the finding names, or grant the few commands that are needed.
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#       doas -C /etc/doas.conf
#   aliases:
#     catalogue: [sudo.nopasswd_all]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline. Of polkit, actions that give root are asked for; who counts as an administrator is not judged.
package rules.linux.sudo.nopasswd_all

import rego.v1

bad := [{"i": i, "g": g} |
	some i, g in input.properties.Grants
	g.Root == true
	g.Authenticate.value == false
	g.Gives in {"everything", "everything_but", "shell"}
]

pass if {
	count(input.properties.Errors) == 0
	is_array(input.properties.Grants)
	count(bad) == 0
}

fail contains {"message": sprintf("%s may run %s as root without authenticating", [b.g.User, b.g.Command]), "at": sprintf("/Grants/%d", [b.i]), "key": sprintf("%s/%s/%s", [b.g.User, b.g.As, b.g.Command])} if {
	some b in bad
	b.g.Certain == true
}
