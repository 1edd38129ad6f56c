# METADATA
# title: PAM writes new passwords with an outdated hash scheme
# description: >-
#   The scheme of the next change of a password: the last word of the entry that names one, else
#   the first ENCRYPT_METHOD of login.defs, else DES.
# scope: package
# custom:
#   id: LINUX-PAM-005
#   severity: high
#   objective: identity.credential_lifecycle
#   resource: linux.pam
#   params:
#     schemes:
#       type: strings
#       description: Schemes that count as strong enough, as pam_unix names them
#       default: [yescrypt, gost_yescrypt, blowfish, sha512, sha256]
#   remediation:
#     text: >-
#       Let the entry say yescrypt or sha512, without rounds below 5000.
#   aliases:
#     catalogue: [pam.hash_option]
#   references:
#     - https://man7.org/linux/man-pages/man8/pam_unix.8.html
#     - https://man7.org/linux/man-pages/man5/login.defs.5.html
#   limits: >-
#     Hashes that are stored already are judged by account. Programs that write hashes without
#     PAM are not followed. Whether the C library knows the scheme is not checked.
package rules.linux.pam.hash_scheme

import rego.v1

strong(s) if {
	s.Scheme.value in input.params.schemes
	not few(s)
}

few(s) if {
	s.Scheme.value in {"sha256", "sha512"}
	s.Rounds.value < 5000
}

good := [s | some s in input.properties.Stores; strong(s)]

pass if count(good) == count(input.properties.Stores)

fail contains {"message": sprintf("new passwords are stored as %s (%s)", [s.Scheme.value, concat(", ", s.Services)]), "at": sprintf("/Stores/%d/Scheme", [i]), "key": s.Key} if {
	some i, s in input.properties.Stores
	not s.Scheme.value in input.params.schemes
}

fail contains {"message": sprintf("new passwords are stored with %d rounds only (%s)", [s.Rounds.value, concat(", ", s.Services)]), "at": sprintf("/Stores/%d/Rounds", [i]), "key": concat("/", [s.Key, "rounds"])} if {
	some i, s in input.properties.Stores
	s.Scheme.value in input.params.schemes
	few(s)
}
