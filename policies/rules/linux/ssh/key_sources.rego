# METADATA
# title: SSH takes login keys from an undeclared program or authority, or without checking their files
# description: >-
#   A program that gives keys, or an authority that signs them, opens every account at once and
#   leaves nothing in the homes to look at. With StrictModes off, sshd takes keys from files that
#   others can write.
# scope: package
# custom:
#   id: LINUX-SSH-019
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: [linux.sshd, linux.authorized_key_file]
#   params:
#     declared:
#       type: strings
#       description: >-
#         Programs (AuthorizedKeysCommand) and files of authorities (TrustedUserCAKeys,
#         cert-authority) that are meant to open accounts, by path.
#       default: []
#   remediation:
#     text: >-
#       Declare the program or authority that is meant, remove the others, and leave StrictModes on.
#     cli: |
#       sshd -T -C user=ann,host=client,addr=192.0.2.1 | grep -iE 'authorizedkeyscommand|trustedusercakeys|strictmodes'
#   references:
#     - https://man.openbsd.org/sshd_config#AuthorizedKeysCommand
#     - https://man.openbsd.org/sshd_config#TrustedUserCAKeys
#   limits: >-
#     What the program gives, and whom the authority has signed for, are not seen.
package rules.linux.ssh.key_sources

import rego.v1

undeclared := [{"at": sprintf("/KeySources/%d", [i]), "message": sprintf("%s %s opens accounts (%s)", [s.Source, s.Path, s.Context]), "key": sprintf("%s %s (%s)", [s.Source, s.Path, s.Context])} |
	some i, s in input.properties.KeySources
	not s.Path in input.params.declared
]

signed := [{"at": sprintf("/Keys/%d", [i]), "message": "keys that this authority signs open the account", "key": sprintf("%s cert-authority", [k.Fingerprint])} |
	some i, k in input.properties.Keys
	input.properties.Authority == false
	some o in k.Options
	lower(o) == "cert-authority"
	not input.properties.Path in input.params.declared
]

pass if {
	is_array(input.properties.KeySources)
	is_array(input.params.declared)
	count(undeclared) == 0
	input.properties.StrictModes.value == "yes"
}

pass if {
	is_array(input.properties.Keys)
	is_boolean(input.properties.Authority)
	is_array(input.params.declared)
	count(signed) == 0
}

fail contains {"message": f.message, "at": f.at, "key": f.key} if some f in undeclared

fail contains {"message": f.message, "at": f.at, "key": f.key} if some f in signed

fail contains {"message": "sshd does not look at who can write the files of keys", "at": "/StrictModes", "key": "StrictModes"} if input.properties.StrictModes.value == "no"
