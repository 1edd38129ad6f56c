# METADATA
# title: Password login over SSH is not confined to named Match contexts
# description: >-
#   Passwords can be guessed, reused and phished; keys resist this. Keyboard-interactive
#   through PAM asks for the same password and counts as well. A block for everybody, or for
#   everybody but some, confines nothing.
# scope: package
# custom:
#   id: LINUX-SSH-003
#   severity: medium
#   objective: identity.strong_authentication
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set PasswordAuthentication no and KbdInteractiveAuthentication no, or demand a key as
#       well with AuthenticationMethods. Where a few accounts must keep passwords, allow them
#       in a Match block that names users, groups or addresses.
#     cli: |
#       printf 'PasswordAuthentication no\nKbdInteractiveAuthentication no\n' > /etc/ssh/sshd_config.d/00-password.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.password_auth, LNX-SSH-001]
#   references:
#     - https://man.openbsd.org/sshd_config#PasswordAuthentication
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. A PAM stack that asks for a one-time code
#     instead of the password is not told from one that does not.
package rules.linux.ssh.password_login

import rego.v1

pass if count([p | some p in input.properties.PasswordLogin; p.Confined == false]) == 0

fail contains {"message": sprintf("a password alone lets users in, through %s (%s)", [p.Through, p.Context]), "at": sprintf("/PasswordLogin/%d", [i]), "key": sprintf("%s %s", [p.Through, p.Context])} if {
	some i, p in input.properties.PasswordLogin
	p.Confined == false
}
