# Credentials of applications and service principals of Entra ID.
package lib.credentials

import rego.v1

renewed := "Azure renews the credentials of managed identities"

# all(passwords, keys): what a program signs in with, each with `what` it is and `at`, its place. A
# certificate that signs tokens (SAML), with the certificate and the password that belong to it, signs
# nobody in, and one that encrypts neither.
all(passwords, keys) := array.concat(
	[object.union(c, {"what": "secret", "at": sprintf("/passwordCredentials/%d", [i])}) |
		some i, c in passwords
		not signing(c, keys)
	],
	[object.union(c, {"what": "certificate", "at": sprintf("/keyCredentials/%d", [i])}) |
		some i, c in keys
		not c.usage in {"Encrypt", "Sign"}
		not signing(c, keys)
	],
)

signing(c, keys) if {
	is_string(c.customKeyIdentifier)
	some key in keys
	key.usage == "Sign"
	key.customKeyIdentifier == c.customKeyIdentifier
}

label(c) := c.displayName if is_string(c.displayName)

label(c) := c.keyId if not is_string(c.displayName)
