# METADATA
# title: Unauthenticated SSH connections lack a limit on time or number
# description: >-
#   Half-open logins can exhaust the daemon and lock administrators out.
# scope: package
# custom:
#   id: LINUX-SSH-013
#   severity: medium
#   objective: config.hardening
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set LoginGraceTime and MaxStartups within the limits. A time of 0 means no limit.
#     cli: |
#       printf 'LoginGraceTime 60\nMaxStartups 10:30:60\n' > /etc/ssh/sshd_config.d/00-startups.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.grace_startups]
#   references:
#     - https://man.openbsd.org/sshd_config#LoginGraceTime
#   params:
#     max_grace_seconds:
#       type: integer
#       description: >-
#         Longest time that a login may take, in seconds.
#       default: 60
#     max_startups:
#       type: integer
#       description: >-
#         Most connections that may wait for a login.
#       default: 60
#   limits: >-
#     Penalties for each source (PerSourcePenalties) and limits of a firewall are not counted.
package rules.linux.ssh.unauthenticated_limits

import rego.v1

grace := input.properties.LoginGraceTime.value

full := to_number(split(input.properties.MaxStartups.value, ":")[2])

time_fine if {
	grace > 0
	grace <= input.params.max_grace_seconds
}

pass if {
	time_fine
	full <= input.params.max_startups
}

fail contains {"message": "a login may take for ever", "at": "/LoginGraceTime", "key": "LoginGraceTime"} if grace == 0

fail contains {"message": sprintf("a login may take %d seconds", [grace]), "at": "/LoginGraceTime", "key": "LoginGraceTime"} if {
	grace > input.params.max_grace_seconds
}

fail contains {"message": sprintf("%d connections may wait for a login", [full]), "at": "/MaxStartups", "key": "MaxStartups"} if {
	full > input.params.max_startups
}
