# METADATA
# title: Defaults for new accounts are weaker than declared, once the last value wins
# description: >-
#   New accounts start with the limits of login.defs, of which the last line for a name
#   counts.
# scope: package
# custom:
#   id: LINUX-ACCT-010
#   severity: low
#   objective: identity.credential_lifecycle
#   resource: linux.accounts
#   params:
#     max_days:
#       type: integer
#       description: Most days that a password lasts
#     min_days:
#       type: integer
#       description: Fewest days between two changes
#     warn_days:
#       type: integer
#       description: Days before the end from which the user is warned
#   remediation:
#     text: >-
#       Correct the last line for the name in login.defs, and remove the others.
#   aliases:
#     catalogue: [acct.login_defs]
#   references:
#     - https://man7.org/linux/man-pages/man5/login.defs.5.html
package rules.linux.accounts.login_defs

import rego.v1

long if input.properties.PASS_MAX_DAYS.value < 0

long if input.properties.PASS_MAX_DAYS.value > input.params.max_days

pass if {
	not long
	input.properties.PASS_MIN_DAYS.value >= input.params.min_days
	input.properties.PASS_WARN_AGE.value >= input.params.warn_days
}

fail contains {"message": sprintf("new passwords last longer than %d days", [input.params.max_days]), "at": "/PASS_MAX_DAYS", "key": "max"} if long

fail contains {"message": sprintf("new passwords may change again before %d days", [input.params.min_days]), "at": "/PASS_MIN_DAYS", "key": "min"} if input.properties.PASS_MIN_DAYS.value < input.params.min_days

fail contains {"message": sprintf("new passwords end with a warning of fewer than %d days", [input.params.warn_days]), "at": "/PASS_WARN_AGE", "key": "warn"} if input.properties.PASS_WARN_AGE.value < input.params.warn_days
