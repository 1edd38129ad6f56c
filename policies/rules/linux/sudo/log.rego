# METADATA
# title: Use of sudo or doas is not written to a log
# description: >-
#   Privileged actions leave no evidence.
# scope: package
# custom:
#   id: LINUX-SUDO-006
#   severity: medium
#   objective: logging.produce
#   resource: [linux.sudoers, linux.doas]
#   remediation:
#     text: >-
#       Leave syslog on, or name a logfile, and let log_allowed stay on; drop nolog from doas.
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#   aliases:
#     catalogue: [sudo.log]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Whether the syslog service keeps what it is sent is judged elsewhere. Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.log

import rego.v1

bad := [{"i": i, "s": s} |
	some i, s in input.properties.Logged
	s.Setting.value == false
]

pass if {
	count(input.properties.Errors) == 0
	count(input.properties.Logged) > 0
	count(bad) == 0
}

fail contains {"message": sprintf("allowed commands are not logged (%s)", [b.s.For]), "at": sprintf("/Logged/%d/Setting", [b.i]), "key": b.s.For} if some b in bad
