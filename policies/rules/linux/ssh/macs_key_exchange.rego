# METADATA
# title: SSH offers a weak MAC or key-exchange algorithm
# description: >-
#   Weak integrity or key agreement undermines the whole session. Signatures with SHA-1 or
#   DSA, of host keys and of users' keys, count as well: they are what key exchange and login
#   rest on.
# scope: package
# custom:
#   id: LINUX-SSH-009
#   severity: high
#   objective: crypto.in_transit
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Take the weak algorithms out of MACs, KexAlgorithms, HostKeyAlgorithms and
#       PubkeyAcceptedAlgorithms.
#     cli: |
#       printf 'MACs -umac-64*,hmac-sha1*,hmac-md5*\nKexAlgorithms -*-sha1\n' > /etc/ssh/sshd_config.d/00-macs.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.macs_kex]
#   references:
#     - https://man.openbsd.org/sshd_config#MACs
#   params:
#     weak_macs:
#       type: strings
#       description: >-
#         Beginnings of the names of MACs that are too weak.
#       default: ["hmac-md5", "hmac-ripemd", "hmac-sha1", "umac-64"]
#     weak_key_exchange:
#       type: strings
#       description: >-
#         Beginnings of the names of key exchanges that are too weak.
#       default: ["diffie-hellman-group1-", "diffie-hellman-group14-sha1", "diffie-hellman-group-exchange-sha1", "gss-gex-sha1", "gss-group1-", "gss-group14-sha1"]
#     weak_signatures:
#       type: strings
#       description: >-
#         Beginnings of the names of signatures that are too weak.
#       default: ["ssh-rsa", "ssh-dss"]
#   limits: >-
#     Where the version of sshd cannot be read from the program, the defaults of 9.2 are
#     taken. The sizes of the groups in the moduli file, and the algorithms of GSSAPI key
#     exchange, are not looked at.
package rules.linux.ssh.macs_key_exchange

import rego.v1

lists := [
	{"at": "/MACs", "of": "", "names": input.properties.MACs.value, "weak": input.params.weak_macs},
	{"at": "/KexAlgorithms", "of": "", "names": input.properties.KexAlgorithms.value, "weak": input.params.weak_key_exchange},
	{"at": "/HostKeyAlgorithms", "of": "", "names": input.properties.HostKeyAlgorithms.value, "weak": input.params.weak_signatures},
]

users := [{"at": sprintf("/PubkeyAcceptedAlgorithms/%d", [i]), "of": sprintf("%s ", [s.Context]), "names": s.value, "weak": input.params.weak_signatures} |
	some i, s in input.properties.PubkeyAcceptedAlgorithms
]

weak := [{"at": l.at, "of": l.of, "name": name} |
	some l in array.concat(lists, users)
	some name in l.names
	some mark in l.weak
	startswith(name, mark)
]

pass if {
	count(input.properties.MACs.value) > 0
	count(input.properties.KexAlgorithms.value) > 0
	count(input.properties.HostKeyAlgorithms.value) > 0
	count(input.properties.PubkeyAcceptedAlgorithms) > 0
	count(weak) == 0
}

fail contains {"message": sprintf("%s is offered", [w.name]), "at": w.at, "key": concat("", [w.of, w.name])} if some w in weak
