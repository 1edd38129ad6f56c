# METADATA
# title: Agent, TCP or X11 forwarding is on without a declared need
# description: >-
#   Forwarding tunnels past network controls and lends keys to the remote host. Which kinds
#   are needed is for the organisation to say.
# scope: package
# custom:
#   id: LINUX-SSH-005
#   severity: medium
#   objective: config.hardening
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set DisableForwarding yes, and PermitTunnel no, or switch off the kinds that are not
#       needed; allow the others in Match blocks for those who need them, and declare them.
#     cli: |
#       printf 'DisableForwarding yes\nPermitTunnel no\n' > /etc/ssh/sshd_config.d/00-forwarding.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.forwarding]
#   references:
#     - https://man.openbsd.org/sshd_config#DisableForwarding
#   params:
#     needed:
#       type: strings
#       description: >-
#         Kinds of forwarding that are needed: agent, tcp, streamlocal, x11, tunnel. An empty
#         list: none.
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. Whoever has a shell can forward with
#     programs of his own.
package rules.linux.ssh.forwarding

import rego.v1

wrong := [{"at": sprintf("/Forwarding/%d", [i]), "kind": f.Kind, "context": f.Context} |
	some i, f in input.properties.Forwarding
	not f.Kind in input.params.needed
]

pass if {
	is_array(input.properties.Forwarding)
	count(wrong) == 0
}

fail contains {"message": sprintf("%s forwarding is on without a declared need (%s)", [w.kind, w.context]), "at": w.at, "key": sprintf("%s %s", [w.kind, w.context])} if {
	some w in wrong
}
