# METADATA
# title: sudo runs commands without a pseudo terminal, as its last setting decides
# description: >-
#   A background process can keep or inject into the user's terminal.
# scope: package
# custom:
#   id: LINUX-SUDO-005
#   severity: medium
#   objective: config.hardening
#   resource: linux.sudoers
#   remediation:
#     text: >-
#       Put `Defaults use_pty` after every line that takes it back.
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#   aliases:
#     catalogue: [sudo.use_pty]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.use_pty

import rego.v1

bad := [{"i": i, "s": s} |
	some i, s in input.properties.use_pty
	s.Setting.value == false
]

pass if {
	count(input.properties.Errors) == 0
	count(input.properties.use_pty) > 0
	count(bad) == 0
}

fail contains {"message": sprintf("commands share the terminal of the caller (%s)", [b.s.For]), "at": sprintf("/use_pty/%d/Setting", [b.i]), "key": b.s.For} if some b in bad
