# METADATA
# title: SSH allows many login attempts on one connection
# description: >-
#   Many tries for each connection make guessing cheaper and quieter.
# scope: package
# custom:
#   id: LINUX-SSH-004
#   severity: medium
#   objective: identity.strong_authentication
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set MaxAuthTries to the number of tries that people need.
#     cli: |
#       printf 'MaxAuthTries 4\n' > /etc/ssh/sshd_config.d/00-tries.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.max_auth_tries]
#   references:
#     - https://man.openbsd.org/sshd_config#MaxAuthTries
#   params:
#     max_tries:
#       type: integer
#       description: >-
#         Most tries on one connection.
#       default: 4
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples.
package rules.linux.ssh.max_auth_tries

import rego.v1

wrong := [{"at": sprintf("/MaxAuthTries/%d", [i]), "value": s.value, "context": s.Context} |
	some i, s in input.properties.MaxAuthTries
	s.value > input.params.max_tries
]

pass if {
	count(input.properties.MaxAuthTries) > 0
	count(wrong) == 0
}

fail contains {"message": sprintf("%d tries on one connection (%s)", [w.value, w.context]), "at": w.at, "key": w.context} if {
	some w in wrong
}
