# METADATA
# title: A password change date lies in the future
# description: >-
#   A date of the last change in the future puts off the expiry of the password, perhaps for
#   ever.
# scope: package
# custom:
#   id: LINUX-ACCT-008
#   severity: low
#   objective: identity.credential_lifecycle
#   resource: linux.user
#   remediation:
#     text: >-
#       Set the date of the last change to today, and see that the clock is right.
#     cli: |
#       chage -d "$(date +%F)" NAME
#   aliases:
#     catalogue: [acct.future_change]
#   references:
#     - https://man7.org/linux/man-pages/man5/shadow.5.html
package rules.linux.accounts.future_change

import rego.v1

not_applicable contains {"reason": "no password is set"} if input.properties.PasswordState.value in {"locked", "empty", "absent"}

pass if is_null(input.properties.Ageing)

pass if input.properties.Ageing.value.LastChange <= input.properties.Today

fail contains {"message": sprintf("the password of %s was changed %d days in the future", [input.properties.Name, input.properties.Ageing.value.LastChange - input.properties.Today]), "at": "/Ageing", "key": input.properties.Name} if {
	input.properties.Ageing.value.LastChange > input.properties.Today
}
