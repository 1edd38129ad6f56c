# METADATA
# title: A file of sudo, doas or polkit is not owned by root or is writable by others
# description: >-
#   Whoever can write these files can grant themselves root. sudo passes over some such files: then what they should forbid is not in force; doas does not run at all.
# scope: package
# custom:
#   id: LINUX-SUDO-007
#   severity: high
#   objective: identity.privileged_access
#   resource: [linux.sudoers, linux.doas, linux.polkit]
#   remediation:
#     text: >-
#       Give every file and directory of the policy to root, writable by nobody else.
#     cli: |
#       chown root:root /etc/sudoers.d/FILE && chmod 0440 /etc/sudoers.d/FILE
#   aliases:
#     catalogue: [sudo.file_perm]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.file_perm

import rego.v1

bad := [{"i": i, "f": f} |
	some i, f in input.properties.Files
	unsafe(f)
]

unsafe(f) if f.Owner != 0

unsafe(f) if count(f.Access.writers) > 0

pass if {
	count(input.properties.Files) > 0
	count(bad) == 0
}

fail contains {"message": sprintf("%s belongs to user %d; writable by: %s", [b.f.file, b.f.Owner, concat(", ", b.f.Access.writers)]), "at": sprintf("/Files/%d", [b.i]), "key": b.f.file} if some b in bad
