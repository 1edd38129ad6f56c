# METADATA
# title: An account other than root has uid 0
# description: >-
#   Whoever has user id 0 is root, whatever his name. A second name escapes what watches the
#   first.
# scope: package
# custom:
#   id: LINUX-ACCT-001
#   severity: critical
#   objective: identity.privileged_access
#   resource: linux.user
#   remediation:
#     text: >-
#       Give the account an id of its own, or remove it. Let administrators use sudo.
#     cli: |
#       usermod -u 1500 -o NAME
#   aliases:
#     catalogue: [acct.uid0, LNX-ACC-001]
#   references:
#     - https://man7.org/linux/man-pages/man5/passwd.5.html
#   limits: >-
#     Accounts of directories (sss, ldap, nis) are not seen.
package rules.linux.accounts.uid_zero

import rego.v1

pass if input.properties.Uid.value != 0

pass if {
	input.properties.Uid.value == 0
	input.properties.Name == "root"
}

fail contains {"message": sprintf("%s has user id 0", [input.properties.Name]), "at": "/Uid", "key": input.properties.Name} if {
	input.properties.Uid.value == 0
	input.properties.Name != "root"
}
