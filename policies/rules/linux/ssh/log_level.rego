# METADATA
# title: SSH login records lack the detail to trace a key or source
# description: >-
#   Without key fingerprints and sources, logins cannot be tied to a person. INFO, the
#   default, records both.
# scope: package
# custom:
#   id: LINUX-SSH-017
#   severity: low
#   objective: logging.produce
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set LogLevel INFO or VERBOSE, and take lower ones out of Match blocks and of the
#       start-up options (-q).
#     cli: |
#       printf 'LogLevel VERBOSE\n' > /etc/ssh/sshd_config.d/00-log.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.loglevel]
#   references:
#     - https://man.openbsd.org/sshd_config#LogLevel
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. Whether the records are kept is judged with
#     the logging rules.
package rules.linux.ssh.log_level

import rego.v1

wrong := [{"at": sprintf("/LogLevel/%d", [i]), "value": s.value, "context": s.Context} |
	some i, s in input.properties.LogLevel
	s.value in {"QUIET", "FATAL", "ERROR"}
]

pass if {
	count(input.properties.LogLevel) > 0
	count(wrong) == 0
}

fail contains {"message": sprintf("logins are not recorded: LogLevel is %s (%s)", [w.value, w.context]), "at": w.at, "key": w.context} if {
	some w in wrong
}
