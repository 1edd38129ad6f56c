# METADATA
# title: A stored password hash uses an outdated scheme
# description: >-
#   Hashes of old schemes, and of new ones with few rounds, fall quickly to ordinary
#   hardware. A lock before a hash takes nothing from it: the password may be in use
#   elsewhere.
# scope: package
# custom:
#   id: LINUX-ACCT-004
#   severity: high
#   objective: identity.credential_lifecycle
#   resource: linux.user
#   params:
#     schemes:
#       type: strings
#       description: Schemes that count as strong enough
#       default: [yescrypt, gost-yescrypt, scrypt, bcrypt, sha512crypt, sha256crypt]
#   remediation:
#     text: >-
#       Let the scheme for new hashes be yescrypt or sha512 (pam_unix, ENCRYPT_METHOD) and
#       let the users change their passwords.
#     cli: |
#       chage -d 0 NAME
#   aliases:
#     catalogue: [acct.weak_hash]
#   references:
#     - https://man7.org/linux/man-pages/man5/crypt.5.html
#   limits: >-
#     The cost of yescrypt and scrypt is not judged.
package rules.linux.accounts.weak_hash

import rego.v1

scheme := input.properties.PasswordScheme.value

rounds := input.properties.PasswordRounds.value

few if {
	scheme in {"sha512crypt", "sha256crypt"}
	rounds < 5000
}

few if {
	scheme == "bcrypt"
	rounds < 8
}

pass if is_null(scheme)

pass if {
	scheme in input.params.schemes
	not few
}

fail contains {"message": sprintf("the hash of %s is %s", [input.properties.Name, scheme]), "at": "/PasswordScheme", "key": concat("/", [input.properties.Name, scheme])} if {
	is_string(scheme)
	not scheme in input.params.schemes
}

fail contains {"message": sprintf("the hash of %s is %s with too few rounds (%d)", [input.properties.Name, scheme, rounds]), "at": "/PasswordRounds", "key": concat("/", [input.properties.Name, "rounds"])} if {
	scheme in input.params.schemes
	few
}
