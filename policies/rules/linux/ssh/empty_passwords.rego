# METADATA
# title: SSH is set to accept an empty password in some Match context
# description: >-
#   Anyone who knows the name of an account without a password gets in. Where
#   passwords are not asked for at all today, one line of another file changes that.
# scope: package
# custom:
#   id: LINUX-SSH-002
#   severity: critical
#   objective: identity.strong_authentication
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Remove PermitEmptyPasswords yes, in Match blocks too.
#     cli: |
#       grep -rniE '^[[:space:]]*PermitEmptyPasswords' /etc/ssh
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.empty_passwords]
#   references:
#     - https://man.openbsd.org/sshd_config#PermitEmptyPasswords
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. Whether PAM or an account really has an
#     empty password is judged elsewhere.
package rules.linux.ssh.empty_passwords

import rego.v1

pass if count(input.properties.EmptyPasswords) == 0

words(true) := "empty passwords are accepted"

words(false) := "empty passwords would be accepted where passwords are asked for"

fail contains {"message": sprintf("%s (%s)", [words(e.Accepted), e.Context]), "at": sprintf("/EmptyPasswords/%d", [i]), "key": e.Context} if {
	some i, e in input.properties.EmptyPasswords
}
