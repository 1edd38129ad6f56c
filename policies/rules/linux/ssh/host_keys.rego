# METADATA
# title: A private SSH host key is readable by others or too weak
# description: >-
#   A stolen host key lets an attacker impersonate the server. Private keys that lie beside
#   those in use count as well: a copy opens the same door.
# scope: package
# custom:
#   id: LINUX-SSH-010
#   severity: high
#   objective: crypto.key_access
#   resource: linux.ssh_host_key
#   remediation:
#     text: >-
#       Make the file readable by root alone and replace the key, as others may have read it.
#       Replace DSA keys and short RSA keys.
#     cli: |
#       chmod 600 /etc/ssh/ssh_host_rsa_key
#       ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
#   aliases:
#     catalogue: [ssh.host_keys_perm]
#   references:
#     - https://man.openbsd.org/sshd#FILES
#   params:
#     min_rsa_bits:
#       type: integer
#       description: >-
#         Fewest bits of an RSA key.
#       default: 2048
#   limits: >-
#     Keys in a hardware token or an agent, and copies elsewhere on the disk, are not seen.
package rules.linux.ssh.host_keys

import rego.v1

others := [sprintf("read by %s", [r]) | some r in input.properties.Access.readers]

changers := [sprintf("changed by %s", [w]) | some w in input.properties.Access.writers]

exposed := array.concat(others, changers)

weak contains "it is a DSA key" if {
	input.properties.Used == true
	input.properties.KeyType == "dsa"
}

weak contains sprintf("it is an RSA key of %d bits", [input.properties.Bits]) if {
	input.properties.Used == true
	input.properties.KeyType == "rsa"
	is_number(input.properties.Bits)
	input.properties.Bits < input.params.min_rsa_bits
}

pass if {
	is_string(input.properties.KeyType)
	is_array(input.properties.Access.readers)
	count(exposed) == 0
	count(weak) == 0
}

fail contains {"message": sprintf("it can be %s", [who]), "at": "/Access", "key": who} if some who in exposed

fail contains {"message": what, "at": "/Path", "key": what} if some what in weak
