# METADATA
# title: A PAM stack, module or program that PAM runs is writable by others than root
# description: >-
#   Whoever can change one of them runs code as root at the next login, or lets anybody in. Modules
#   outside of the usual directories, programs of pam_exec and the directories above count.
# scope: package
# custom:
#   id: LINUX-PAM-010
#   severity: critical
#   objective: identity.privileged_access
#   resource: linux.pam
#   remediation:
#     text: >-
#       Give the file and every directory above it to root, writable by nobody else.
#     cli: |
#       chown root:root FILE && chmod go-w FILE
#   references:
#     - https://man7.org/linux/man-pages/man5/pam.d.5.html
#     - https://man7.org/linux/man-pages/man8/pam_exec.8.html
#   limits: >-
#     What a program itself calls is not followed; programs of modules other than pam_exec are not seen.
package rules.linux.pam.files_writable

import rego.v1

open := [{"at": sprintf("/Files/%d/Access", [i]), "path": f.Access.path, "role": f.Role, "who": who} |
	some i, f in input.properties.Files
	some who in f.Access.writers
]

pass if {
	count(input.properties.Files) > 0
	count(open) == 0
}

fail contains {"message": sprintf("%s (%s) can be changed by %s", [o.path, o.role, o.who]), "at": o.at, "key": sprintf("%s %s %s", [o.role, o.path, o.who])} if {
	some o in open
}
