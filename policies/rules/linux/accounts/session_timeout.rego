# METADATA
# title: Idle shells never end
# description: >-
#   A shell that is left open stays open to whoever sits down next.
# scope: package
# custom:
#   id: LINUX-ACCT-018
#   severity: low
#   objective: config.hardening
#   resource: linux.login
#   params:
#     seconds:
#       type: integer
#       description: Longest time that a shell may be idle
#       default: 900
#   remediation:
#     text: >-
#       Set TMOUT, read-only and exported, in a file that every login reads.
#     cli: |
#       printf "readonly TMOUT=900\nexport TMOUT\n" > /etc/profile.d/zz-timeout.sh
#   aliases:
#     catalogue: [acct.session_timeout]
#   references:
#     - https://man7.org/linux/man-pages/man1/bash.1.html
#   limits: >-
#     Start-up files are followed without running them: what depends on programs, terminals
#     or the session is not judged. Files of csh and fish, graphical sessions, PATH and
#     UMask= of units, and BASH_ENV are not read; variables made local in functions count as
#     the session's.
package rules.linux.accounts.session_timeout

import rego.v1

fine(t) if {
	is_number(t)
	t > 0
	t <= input.params.seconds
}

login := input.properties.Timeout.value

nested := input.properties.NestedTimeout.value

pass if {
	fine(login)
	fine(nested)
}

fail contains {"message": sprintf("%s (%s): an idle shell does not end within %d seconds", [input.properties.Account, input.properties.Shell, input.params.seconds]), "at": "/Timeout", "key": "login"} if not fine(login)

fail contains {"message": sprintf("%s (%s): an idle shell in the session does not end within %d seconds", [input.properties.Account, input.properties.Shell, input.params.seconds]), "at": "/NestedTimeout", "key": "nested"} if {
	fine(login)
	not fine(nested)
}
