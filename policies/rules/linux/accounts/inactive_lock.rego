# METADATA
# title: Unused accounts are never locked
# description: >-
#   An account that nobody uses is closed only by the days of inactivity behind the end of
#   its password; without an end of the password these days never begin.
# scope: package
# custom:
#   id: LINUX-ACCT-011
#   severity: low
#   objective: identity.unused_access
#   resource: [linux.user, linux.accounts]
#   params:
#     days:
#       type: integer
#       description: Most days without use behind the end of the password
#       default: 45
#   remediation:
#     text: >-
#       Set the days of inactivity for new accounts and for those that exist, and an end of
#       their passwords.
#     cli: |
#       useradd -D -f 30
#       chage --inactive 30 --maxdays 365 NAME
#   aliases:
#     catalogue: [acct.inactive_lock]
#   references:
#     - https://man7.org/linux/man-pages/man1/chage.1.html
#     - https://man7.org/linux/man-pages/man8/useradd.8.html
#   limits: >-
#     Accounts that are only used with keys are not closed by these days of pam_unix on every
#     distribution.
package rules.linux.accounts.inactive_lock

import rego.v1

not_applicable contains {"reason": "no password is set"} if input.properties.PasswordState.value in {"locked", "empty", "absent"}

not_applicable contains {"reason": "its password is not in the shadow file"} if is_null(input.properties.Ageing)

days := input.properties.INACTIVE.value if input.type == "linux.accounts"

days := input.properties.Ageing.value.Inactive if input.type == "linux.user"

place := {"linux.accounts": "/INACTIVE", "linux.user": "/Ageing"}[input.type]

who := "new accounts" if input.type == "linux.accounts"

who := input.properties.Name if input.type == "linux.user"

open if days < 0

open if days > input.params.days

# A password that never ends never begins to be inactive.
endless if input.properties.Ageing.value.Max < 0

endless if input.properties.Ageing.value.Max > 9999

pass if {
	is_number(days)
	not open
	not endless
}

fail contains {"message": sprintf("%s: no lock within %d days without use", [who, input.params.days]), "at": place, "key": "inactive"} if open

fail contains {"message": sprintf("%s: the password never ends, so the days without use never begin", [who]), "at": place, "key": "endless"} if {
	is_number(days)
	not open
	endless
}
