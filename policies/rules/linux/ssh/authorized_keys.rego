# METADATA
# title: An authorized key file is open to others or holds weak or unattributable keys
# description: >-
#   Planted, weak or ownerless keys give lasting access that nobody can trace. Judged for
#   every file that AuthorizedKeysFile names for a local user in some context, and for the
#   authorities of TrustedUserCAKeys.
# scope: package
# custom:
#   id: LINUX-SSH-011
#   severity: high
#   objective: identity.credential_lifecycle
#   resource: linux.authorized_key_file
#   remediation:
#     text: >-
#       Take the right to write away from others, replace DSA keys and short RSA keys, and
#       give every key a comment that names who holds it. A file that opens several accounts
#       should be split.
#     cli: |
#       chmod 700 ~ann/.ssh && chmod 600 ~ann/.ssh/authorized_keys
#       ssh-keygen -lf ~ann/.ssh/authorized_keys
#   aliases:
#     catalogue: [ssh.authorized_keys]
#   references:
#     - https://man.openbsd.org/sshd#AUTHORIZED_KEYS_FILE_FORMAT
#   params:
#     min_rsa_bits:
#       type: integer
#       description: >-
#         Fewest bits of an RSA key.
#       default: 2048
#   limits: >-
#     Keys that a command gives (AuthorizedKeysCommand), users of directory services, and who
#     really holds a key are not seen.
package rules.linux.ssh.authorized_keys

import rego.v1

opens := [{"at": "/Access", "message": sprintf("it can be changed by %s", [w]), "key": sprintf("changed by %s", [w])} |
	some w in input.properties.Access.writers
]

dsa := [{"at": sprintf("/Keys/%d", [i]), "message": "it holds a DSA key", "key": sprintf("%s DSA", [k.Fingerprint])} |
	some i, k in input.properties.Keys
	k.KeyType == "dsa"
]

short := [{"at": sprintf("/Keys/%d", [i]), "message": sprintf("it holds an RSA key of %d bits", [k.Bits]), "key": sprintf("%s short", [k.Fingerprint])} |
	some i, k in input.properties.Keys
	k.KeyType == "rsa"
	is_number(k.Bits)
	k.Bits < input.params.min_rsa_bits
]

ownerless := [{"at": sprintf("/Keys/%d", [i]), "message": "no comment says whose key this is", "key": sprintf("%s ownerless", [k.Fingerprint])} |
	some i, k in input.properties.Keys
	k.Comment == ""
]

shared := [{"at": "/Path", "message": sprintf("its keys open %d accounts", [count(input.properties.Users)]), "key": "shared"} |
	count(input.properties.Users) > 1
	count(input.properties.Keys) > 0
]

wrong := array.concat(array.concat(opens, array.concat(dsa, short)), array.concat(ownerless, shared))

pass if {
	is_array(input.properties.Keys)
	is_array(input.properties.Users)
	is_array(input.properties.Access.writers)
	count(wrong) == 0
}

fail contains {"message": w.message, "at": w.at, "key": w.key} if some w in wrong
