# METADATA
# title: Root can log in over SSH in some connection context
# description: >-
#   Direct root sessions hide who acted and hand attackers full control. Judged for every user
#   with number 0 in every combination of Match blocks that such a user can reach, access
#   lists included.
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

open := [{"at": sprintf("/RootLogin/%d", [i]), "permit": r.Permit, "context": r.Context} |
	some i, r in input.properties.RootLogin
	not r.Permit in input.params.allowed
]

pass if {
	is_array(input.properties.RootLogin)
	count(open) == 0
}

fail contains {"message": sprintf("root is let in (PermitRootLogin %s; %s)", [o.permit, o.context]), "at": o.at, "key": sprintf("%s %s", [o.permit, o.context])} if {
	some o in open
}
