# METADATA
# title: Dead or idle SSH sessions stay open
# description: >-
#   An abandoned session can be taken over by whoever reaches it. The time is
#   ClientAliveInterval times ClientAliveCountMax; a count of 0 switches the check off since
#   8.2.
# scope: package
# custom:
#   id: LINUX-SSH-012
#   severity: low
#   objective: config.hardening
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set ClientAliveInterval and ClientAliveCountMax so that their product is within the
#       limit.
#     cli: |
#       printf 'ClientAliveInterval 300\nClientAliveCountMax 2\n' > /etc/ssh/sshd_config.d/00-idle.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.idle_timeout]
#   references:
#     - https://man.openbsd.org/sshd_config#ClientAliveInterval
#   params:
#     max_seconds:
#       type: integer
#       description: >-
#         Longest time without an answer, in seconds.
#       default: 900
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. A session whose client still answers is not
#     ended by this; time-outs of shells are judged elsewhere.
package rules.linux.ssh.idle_timeout

import rego.v1

endless := [{"at": sprintf("/Idle/%d", [i]), "message": sprintf("dead sessions are never closed (%s)", [s.Context]), "key": s.Context} |
	some i, s in input.properties.Idle
	s.Seconds == null
]

long := [{"at": sprintf("/Idle/%d", [i]), "message": sprintf("dead sessions stay open for %d seconds (%s)", [s.Seconds, s.Context]), "key": s.Context} |
	some i, s in input.properties.Idle
	is_number(s.Seconds)
	s.Seconds > input.params.max_seconds
]

pass if {
	is_array(input.properties.Idle)
	count(endless) == 0
	count(long) == 0
}

fail contains w if some w in array.concat(endless, long)
