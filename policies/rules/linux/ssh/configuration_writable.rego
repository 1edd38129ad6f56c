# METADATA
# title: SSH server configuration or an included file is writable by non-root users
# description: >-
#   Whoever edits these files sets the login rules for the whole host. The directories of
#   included files, environment files, key commands and the keys of authorities count as well.
# scope: package
# custom:
#   id: LINUX-SSH-018
#   severity: high
#   objective: config.hardening
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Give the file, and the directories above it, to root and take the right to write away
#       from others.
#     cli: |
#       chown root:root /etc/ssh/sshd_config /etc/ssh/sshd_config.d
#       chmod go-w /etc/ssh/sshd_config /etc/ssh/sshd_config.d
#   aliases:
#     catalogue: [ssh.config_perm]
#   references:
#     - https://man.openbsd.org/sshd_config#FILES
#   limits: >-
#     Programs that manage the configuration from elsewhere, and files that a key command
#     itself reads, are not seen.
package rules.linux.ssh.configuration_writable

import rego.v1

open := [{"at": sprintf("/Files/%d/Access", [i]), "path": f.Access.path, "role": f.Role, "who": who} |
	some i, f in input.properties.Files
	some who in f.Access.writers
]

pass if {
	count(input.properties.Files) > 0
	count(open) == 0
}

fail contains {"message": sprintf("%s (%s) can be changed by %s", [o.path, o.role, o.who]), "at": o.at, "key": sprintf("%s %s", [o.path, o.who])} if {
	some o in open
}
