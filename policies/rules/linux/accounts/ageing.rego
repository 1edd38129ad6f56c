# METADATA
# title: Existing accounts do not carry the declared password ageing limits
# description: >-
#   Defaults of login.defs reach new accounts only. Each account carries limits of its own in
#   the shadow file.
# scope: package
# custom:
#   id: LINUX-ACCT-009
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: linux.user
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
#       Set the limits of the account.
#     cli: |
#       chage -M 365 -m 1 -W 7 NAME
#   aliases:
#     catalogue: [acct.ageing]
#   references:
#     - https://man7.org/linux/man-pages/man1/chage.1.html
package rules.linux.accounts.ageing

import rego.v1

not_applicable contains {"reason": "no password is set"} if input.properties.PasswordState.value in {"locked", "empty", "absent"}

not_applicable contains {"reason": "its password is not in the shadow file"} if is_null(input.properties.Ageing)

days := input.properties.Ageing.value

long if days.Max < 0

long if days.Max > input.params.max_days

pass if {
	not long
	days.Min >= input.params.min_days
	days.Warn >= input.params.warn_days
}

fail contains {"message": sprintf("passwords of %s last longer than %d days", [input.properties.Name, input.params.max_days]), "at": "/Ageing", "key": "max"} if long

fail contains {"message": sprintf("passwords of %s may change again before %d days", [input.properties.Name, input.params.min_days]), "at": "/Ageing", "key": "min"} if days.Min < input.params.min_days

fail contains {"message": sprintf("passwords of %s end with a warning of fewer than %d days", [input.properties.Name, input.params.warn_days]), "at": "/Ageing", "key": "warn"} if days.Warn < input.params.warn_days
