# METADATA
# title: Root may log in over SSH in some connection context
# description: >-
#   Direct root sessions hide who acted and hand attackers full control. Judged for every user
#   with number 0 in every combination of Match blocks that such a user can reach. DenyUsers and
#   DenyGroups that name root keep him out; a list of those who may log in that only lacks him does
#   not count, for the next member of a group changes it.
# scope: package
# custom:
#   id: LINUX-SSH-001
#   severity: high
#   objective: identity.root
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set PermitRootLogin no above every Match block, take it out of the blocks that say
#       otherwise, and let administrators log in as themselves.
#     cli: |
#       printf 'PermitRootLogin no\n' > /etc/ssh/sshd_config.d/00-root.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.root_login, LNX-SSH-001]
#   references:
#     - https://man.openbsd.org/sshd_config#PermitRootLogin
#   params:
#     allowed:
#       type: strings
#       description: >-
#         Values of PermitRootLogin that are allowed beside no.
#       default: ["forced-commands-only"]
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. prohibit-password counts as a way in even
#     while root has no key: one line in a file adds it.
package rules.linux.ssh.root_login

import rego.v1

open := [{"at": sprintf("/RootLogin/%d", [i]), "permit": r.Permit, "context": r.Context, "but": but(r)} |
	some i, r in input.properties.RootLogin
	not r.Permit in input.params.allowed
]

but(r) := sprintf("; today only %s keeps him out", [r.OnlyBarredBy]) if is_string(r.OnlyBarredBy)

but(r) := "" if not is_string(r.OnlyBarredBy)

pass if {
	is_array(input.properties.RootLogin)
	count(open) == 0
}

fail contains {"message": sprintf("root may log in (PermitRootLogin %s; %s%s)", [o.permit, o.context, o.but]), "at": o.at, "key": sprintf("%s %s", [o.permit, o.context])} if {
	some o in open
}
