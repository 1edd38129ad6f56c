# METADATA
# title: SSH login is not limited to named users or groups
# description: >-
#   Every new local account silently becomes a remote one. A list in a Match block takes the
#   place of the global one, and one that names everybody limits nobody.
# scope: package
# custom:
#   id: LINUX-SSH-014
#   severity: medium
#   objective: identity.least_privilege
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Name the users or groups that may log in with AllowUsers or AllowGroups, and keep
#       Match blocks from widening it.
#     cli: |
#       printf 'AllowGroups ssh-users\n' > /etc/ssh/sshd_config.d/00-access.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.access_list]
#   references:
#     - https://man.openbsd.org/sshd_config#AllowGroups
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. Limits that PAM sets (pam_access,
#     pam_listfile) and lists of who is denied are not counted.
package rules.linux.ssh.access_list

import rego.v1

pass if {
	count(input.properties.AccessLists) > 0
	count([a | some a in input.properties.AccessLists; a.Limited == false]) == 0
}

fail contains {"message": sprintf("every account may log in (%s)", [a.Context]), "at": sprintf("/AccessLists/%d", [i]), "key": a.Context} if {
	some i, a in input.properties.AccessLists
	a.Limited == false
}
