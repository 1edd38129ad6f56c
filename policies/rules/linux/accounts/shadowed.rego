# METADATA
# title: A password hash is kept in the world-readable account file
# description: >-
#   Everybody may read /etc/passwd and /etc/group. A hash in them can be copied and guessed
#   elsewhere.
# scope: package
# custom:
#   id: LINUX-ACCT-003
#   severity: high
#   objective: identity.credential_lifecycle
#   resource: [linux.user, linux.group]
#   remediation:
#     text: >-
#       Move the hashes to the shadow files and change the passwords: they were readable.
#     cli: |
#       pwconv
#       grpconv
#   aliases:
#     catalogue: [acct.shadowed]
#   references:
#     - https://man7.org/linux/man-pages/man8/pwconv.8.html
package rules.linux.accounts.shadowed

import rego.v1

pass if input.properties.HashInPasswd.value == false

pass if input.properties.HashInGroup.value == false

fail contains {"message": sprintf("the hash of %s is in the file that everybody may read", [input.properties.Name]), "at": "/HashInPasswd", "key": input.properties.Name} if {
	input.properties.HashInPasswd.value == true
}

fail contains {"message": sprintf("the hash of group %s is in the file that everybody may read", [input.properties.Name]), "at": "/HashInGroup", "key": input.properties.Name} if {
	input.properties.HashInGroup.value == true
}
