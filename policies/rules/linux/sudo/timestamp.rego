# METADATA
# title: sudo remembers authentication for too long
# description: >-
#   A borrowed session keeps its root rights for hours. A negative time never ends, and the type `global` shares one authentication between all terminals.
# scope: package
# custom:
#   id: LINUX-SUDO-004
#   severity: medium
#   objective: identity.privileged_access
#   resource: linux.sudoers
#   remediation:
#     text: >-
#       Set timestamp_timeout to few minutes, and leave timestamp_type at its default.
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#   aliases:
#     catalogue: [sudo.timestamp]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   params:
#     max_minutes:
#       type: integer
#       description: Longest time for which sudo may remember an authentication
#       default: 15
#   limits: >-
#     Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.timestamp

import rego.v1

long := [{"i": i, "s": s} |
	some i, s in input.properties.timestamp_timeout
	outlasts(s.Setting.value)
]

outlasts(minutes) if minutes < 0

outlasts(minutes) if minutes > input.params.max_minutes

shared := [{"i": i, "s": s} |
	some i, s in input.properties.timestamp_type
	s.Setting.value == "global"
]

pass if {
	count(input.properties.Errors) == 0
	count(input.properties.timestamp_timeout) > 0
	is_array(input.properties.timestamp_type)
	is_number(input.params.max_minutes)
	count(long) == 0
	count(shared) == 0
}

fail contains {"message": sprintf("authentication is remembered for %v minutes (%s)", [b.s.Setting.value, b.s.For]), "at": sprintf("/timestamp_timeout/%d/Setting", [b.i]), "key": b.s.For} if some b in long

fail contains {"message": sprintf("one authentication holds for all terminals (%s)", [b.s.For]), "at": sprintf("/timestamp_type/%d/Setting", [b.i]), "key": sprintf("type/%s", [b.s.For])} if some b in shared
