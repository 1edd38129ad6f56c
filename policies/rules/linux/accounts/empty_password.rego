# METADATA
# title: An account can log in without a password
# description: >-
#   With nothing in the password field no secret protects the account.
# scope: package
# custom:
#   id: LINUX-ACCT-002
#   severity: critical
#   objective: identity.strong_authentication
#   resource: linux.user
#   remediation:
#     text: >-
#       Lock the password, or set one.
#     cli: |
#       passwd -l NAME
#   aliases:
#     catalogue: [acct.empty_hash, LNX-ACC-001]
#   references:
#     - https://man7.org/linux/man-pages/man5/shadow.5.html
#     - https://man7.org/linux/man-pages/man8/pam_unix.8.html
#   limits: >-
#     An empty field is a failure also where no program accepts it today (pam_unix without
#     nullok): one word in a PAM file would open it. Accounts of directories are not seen.
package rules.linux.accounts.empty_password

import rego.v1

state := input.properties.PasswordState.value

pass if state in {"set", "locked", "absent"}

# The account itself has ended: nobody gets in with it.
pass if {
	state == "empty"
	input.properties.Expired == true
}

fail contains {"message": sprintf("%s has no password", [input.properties.Name]), "at": "/PasswordState", "key": input.properties.Name} if {
	state == "empty"
	input.properties.Expired == false
}
