# METADATA
# title: A LUKS header is not LUKS2 or lacks a memory-hard derivation
# description: >-
#   Weak derivation, or one with little memory, makes the passphrase cheap to guess; some ciphers do
#   not protect at all. A volume whose key is new at every
#   start has no passphrase to guess.
# scope: package
# custom:
#   id: LINUX-CRYPT-004
#   severity: medium
#   objective: crypto.at_rest
#   resource: linux.encrypted_volume
#   remediation:
#     text: >-
#       Convert the header to LUKS2 and every key slot to argon2id, after a backup of the
#       header.
#     cli: |
#       cryptsetup luksHeaderBackup /dev/sdX1 --header-backup-file header.img
#       cryptsetup convert /dev/sdX1 --type luks2
#       cryptsetup luksConvertKey --pbkdf argon2id /dev/sdX1
#   aliases:
#     catalogue: [crypt.luks_params]
#   references:
#     - https://gitlab.com/cryptsetup/cryptsetup/-/wikis/FrequentlyAskedQuestions
#   limits: >-
#     Headers on devices are read on a running host only, with root's rights, and not over ssh; elsewhere
#     volumes on devices are not assessed. Headers in files (header=, volumes in files) always are.
package rules.linux.crypt.luks_header

import rego.v1

not_applicable contains {"reason": "its key is new at every start"} if input.properties.Key.value == "random"

format := input.properties.Format.value

hard := {"argon2id", "argon2i"}

soft := [d | some d in input.properties.Derivations; not d in hard]

# The vectors of cbc-plain and cbc-plain64 can be told in advance.
weak := [c | some c in input.properties.Ciphers; some part in ["ecb", "null", "des", "arc4", "rc4", "cbc-plain"]; contains(lower(c), part)]

pass if {
	input.properties.Key.value != "random"
	format == "luks2"
	count(input.properties.Derivations) > 0
	count(soft) == 0
	is_array(input.properties.Ciphers)
	count(weak) == 0
}

fail contains {"message": sprintf("the format is %s", [format]), "at": "/Format", "key": "format"} if {
	input.properties.Key.value != "random"
	format != "luks2"
}

fail contains {"message": sprintf("a key slot derives its key with %s", [d]), "at": "/Format", "key": d} if {
	input.properties.Key.value != "random"
	format == "luks2"
	some d in soft
}

fail contains {"message": sprintf("its cipher is %s", [c]), "at": "/Format", "key": c} if {
	input.properties.Key.value != "random"
	some c in weak
}
