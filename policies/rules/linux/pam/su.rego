# METADATA
# title: su works without a group restriction or without a password
# description: >-
#   Every way through the stacks of su is followed for a caller who is in no special group and
#   knows the password of root, and for one who knows nothing. Either gets through.
# scope: package
# custom:
#   id: LINUX-PAM-008
#   severity: high
#   objective: identity.privileged_access
#   resource: linux.pam
#   remediation:
#     text: >-
#       Let pam_wheel (with use_uid and the group that may use su, without trust) stand before
#       the check of the password, with the control required.
#     cli: |
#       printf 'auth required pam_wheel.so use_uid group=sugroup\n'   # behind pam_rootok in /etc/pam.d/su
#   aliases:
#     catalogue: [pam.su_restricted]
#   references:
#     - https://man7.org/linux/man-pages/man8/pam_wheel.8.html
#   limits: >-
#     Who is in the group is not judged: an entry with trust counts also while its group is
#     empty. A lock by mode or ownership of the program itself is not seen. Modules that are not
#     part of Linux-PAM count as real checks.
package rules.linux.pam.su

import rego.v1

good := [s | some s in input.properties.Su; s.Weakness == "none"]

pass if count(good) == count(input.properties.Su)

fail contains {"message": sprintf("anybody with the password may use %s", [concat(", ", s.Services)]), "at": sprintf("/Su/%d", [i]), "key": concat("/", [s.Weakness, s.Key])} if {
	some i, s in input.properties.Su
	s.Weakness == "unrestricted"
}

fail contains {"message": sprintf("%s works without a password (%s, through %s)", [concat(", ", s.Services), s.Control, s.Module]), "at": sprintf("/Su/%d", [i]), "key": concat("/", [s.Weakness, s.Key])} if {
	some i, s in input.properties.Su
	s.Weakness == "passwordless"
}

not_applicable contains {"reason": "no su is installed"} if count(input.properties.Su) == 0
