# METADATA
# title: A new password is stored before any quality check is reached
# description: >-
#   Every way through the password stacks is followed with a password that a quality module
#   refuses. It is stored all the same: there is no such module, a jump passes it by, its refusal
#   is not enforced, or the module that stores asks for the password again.
# scope: package
# custom:
#   id: LINUX-PAM-003
#   severity: medium
#   objective: identity.password_policy
#   resource: linux.pam
#   remediation:
#     text: >-
#       Put pam_pwquality with the control requisite before the module that stores, which takes
#       use_authtok, and keep enforcing = 1 in pwquality.conf.
#     cli: |
#       apt-get install libpam-pwquality   # Debian, Ubuntu: adds itself to the common stack
#   aliases:
#     catalogue: [pam.quality_reached]
#   references:
#     - https://man7.org/linux/man-pages/man8/pam_pwquality.8.html
#     - https://man7.org/linux/man-pages/man8/pam_unix.8.html
#   limits: >-
#     Changes by root, who is asked but not refused by default, are not counted. Own modules that
#     judge passwords are not known; pam_pwquality, pam_cracklib and pam_passwdqc are. The simple
#     checks of pam_unix (obscure, minlen) are no quality check.
package rules.linux.pam.quality_reached

import rego.v1

good := [s | some s in input.properties.Stores; s.Judged.value == true]

pass if count(good) == count(input.properties.Stores)

fail contains {"message": sprintf("%s stores passwords that nothing has judged (%s)", [s.Module, concat(", ", s.Services)]), "at": sprintf("/Stores/%d/Judged", [i]), "key": s.Key} if {
	some i, s in input.properties.Stores
	s.Judged.value == false
}
