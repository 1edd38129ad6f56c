# METADATA
# title: PAM accepts empty passwords
# description: >-
#   The module that checks passwords is told to take an empty one (nullok, or its old name
#   nullok_secure), in a stack that a service in use reaches.
# scope: package
# custom:
#   id: LINUX-PAM-002
#   severity: high
#   objective: identity.strong_authentication
#   resource: linux.pam
#   remediation:
#     text: >-
#       Remove nullok from the entry. On Debian and Ubuntu it stands in the profile unix of
#       pam-auth-update.
#     cli: |
#       sed -i -E '/pam_unix/s/ nullok(_secure)?//' /etc/pam.d/common-auth
#       authselect enable-feature without-nullok   # Red Hat
#   aliases:
#     catalogue: [pam.nullok]
#   references:
#     - https://man7.org/linux/man-pages/man8/pam_unix.8.html
#   limits: >-
#     Whether an account without a password exists is judged elsewhere; programs that refuse
#     empty passwords by themselves (sshd by default) are not left out, for the stack is rarely
#     theirs alone. In stacks of the type password nullok lets nobody in and is not counted.
package rules.linux.pam.empty_passwords

import rego.v1

pass if count(input.properties.EmptyPasswords) == 0

fail contains {"message": sprintf("%s takes empty passwords (%s)", [e.Module, concat(", ", e.Services)]), "at": sprintf("/EmptyPasswords/%d", [i]), "key": e.Key} if {
	some i, e in input.properties.EmptyPasswords
}
