# METADATA
# title: Account lock-out is missing, never reached or set to zero
# description: >-
#   For each entry that checks passwords two questions are put to every way through its stack: is
#   each failure counted, and does a locked account stay outside even with the right password?
#   The limits are those in force after faillock.conf and the words of the entries.
# scope: package
# custom:
#   id: LINUX-PAM-006
#   severity: high
#   objective: identity.strong_authentication
#   resource: linux.pam
#   params:
#     max_failures:
#       type: integer
#       description: Most failures before an account locks
#       default: 10
#     min_unlock_seconds:
#       type: integer
#       description: Fewest seconds that a lock lasts
#       default: 300
#     min_interval_seconds:
#       type: integer
#       description: Fewest seconds for which a failure counts
#       default: 300
#   remediation:
#     text: >-
#       Put pam_faillock preauth before the check and authfail behind it (with default=die), and
#       set deny, unlock_time and fail_interval in faillock.conf.
#     cli: |
#       pam-auth-update --enable faillock faillock_notify   # where those profiles exist
#       authselect enable-feature with-faillock             # Red Hat
#   aliases:
#     catalogue: [pam.lockout]
#   references:
#     - https://man7.org/linux/man-pages/man8/pam_faillock.8.html
#     - https://man7.org/linux/man-pages/man5/faillock.conf.5.html
#   limits: >-
#     Checks by directory services (SSSD, LDAP, Kerberos) have locks of their own and are not
#     counted here. Limits of pam_tally2 are judged by deny alone. Tools outside of PAM that
#     block addresses are no lock.
package rules.linux.pam.lockout

import rego.v1

off := {
	"missing": "nothing locks an account",
	"off": "the number of failures is not limited",
	"uncounted": "failures are not all counted",
	"never_denies": "a locked account still gets in",
}

loose(value, limit) if value > limit

brief(value, limit) if {
	value > 0
	value < limit
}

good := [c |
	some c in input.properties.Checks
	c.Lockout.value == "enforced"
	not loose(c.Deny.value, input.params.max_failures)
	not brief(c.UnlockTime.value, input.params.min_unlock_seconds)
	not short(c)
]

short(c) if c.FailInterval.value < input.params.min_interval_seconds

pass if count(good) == count(input.properties.Checks)

fail contains {"message": sprintf("%s (%s)", [off[c.Lockout.value], concat(", ", c.Services)]), "at": sprintf("/Checks/%d/Lockout", [i]), "key": concat("/", [c.Key, "lockout"])} if {
	some i, c in input.properties.Checks
	c.Lockout.value != "enforced"
}

fail contains {"message": sprintf("an account locks after %d failures only (%s)", [c.Deny.value, concat(", ", c.Services)]), "at": sprintf("/Checks/%d/Deny", [i]), "key": concat("/", [c.Key, "deny"])} if {
	some i, c in input.properties.Checks
	loose(c.Deny.value, input.params.max_failures)
}

fail contains {"message": sprintf("a lock ends after %d seconds (%s)", [c.UnlockTime.value, concat(", ", c.Services)]), "at": sprintf("/Checks/%d/UnlockTime", [i]), "key": concat("/", [c.Key, "unlock"])} if {
	some i, c in input.properties.Checks
	brief(c.UnlockTime.value, input.params.min_unlock_seconds)
}

fail contains {"message": sprintf("failures are forgotten after %d seconds (%s)", [c.FailInterval.value, concat(", ", c.Services)]), "at": sprintf("/Checks/%d/FailInterval", [i]), "key": concat("/", [c.Key, "interval"])} if {
	some i, c in input.properties.Checks
	short(c)
}
