# METADATA
# title: Old passwords can be reused
# description: >-
#   Every way through the password stacks is followed with a password that the history refuses.
#   It is stored, or too few old ones are remembered.
# scope: package
# custom:
#   id: LINUX-PAM-007
#   severity: low
#   objective: identity.password_policy
#   resource: linux.pam
#   params:
#     remember:
#       type: integer
#       description: Fewest old passwords that are refused
#       default: 5
#   remediation:
#     text: >-
#       Put pam_pwhistory with the control requisite and use_authtok between the quality check
#       and the module that stores, and let that take use_authtok.
#   aliases:
#     catalogue: [pam.history]
#   references:
#     - https://man7.org/linux/man-pages/man8/pam_pwhistory.8.html
#   limits: >-
#     Changes by root are not counted. Histories of directories are not seen. libpam before 1.5.3
#     does not read pwhistory.conf.
package rules.linux.pam.history

import rego.v1

good := [s | some s in input.properties.Stores; s.Remember.value >= input.params.remember]

pass if count(good) == count(input.properties.Stores)

fail contains {"message": sprintf("%d old passwords are refused (%s)", [s.Remember.value, concat(", ", s.Services)]), "at": sprintf("/Stores/%d/Remember", [i]), "key": s.Key} if {
	some i, s in input.properties.Stores
	s.Remember.value < input.params.remember
}
