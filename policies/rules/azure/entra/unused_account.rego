# METADATA
# title: Enabled account has not signed in for 90 days
# description: An account that nobody uses is one that nobody misses. It was left behind by somebody who moved on, and its owner will not notice a stranger in it.
# scope: package
# custom:
#   id: AZ-ENT-007
#   severity: medium
#   objective: identity.unused_access
#   resource: Microsoft.Graph/users
#   remediation:
#     text: Ask the account's manager; disable the account, and delete it later. Let an access review do so for guests.
#     cli: az ad user update --id USER --account-enabled false
#     terraform: |
#       resource "azuread_user" "unused" {
#         user_principal_name = "USER"
#         display_name        = "NAME"
#         account_enabled     = false
#       }
#   aliases:
#     prowler: [entra_user_with_recent_sign_in]
#   references:
#     - https://learn.microsoft.com/entra/identity/monitoring-health/howto-manage-inactive-user-accounts
#     - https://learn.microsoft.com/graph/api/resources/signinactivity
#   params:
#     max_days:
#       type: integer
#       description: days without a sign-in after which an account must be disabled
#       default: 90
#     emergency_accounts:
#       type: strings
#       description: user principal names or object ids of emergency accounts, which are meant to be unused
#       default: []
#   limits: Graph tells the sign-in activity only in tenants with an Entra ID P1 or P2 licence; elsewhere the account is not assessed. Successful sign-ins are told apart from attempts since December 2023.
package rules.azure.entra.unused_account

import rego.v1

import data.lib.time

not_applicable contains {"reason": "the account is disabled"} if input.properties.accountEnabled == false

not_applicable contains {"reason": "the account is declared as an emergency account"} if {
	some account in input.params.emergency_accounts
	lower(account) in {lower(input.properties.userPrincipalName), last_part}
}

# The object id.
last_part := lower(regex.replace(input.id, `^.*/`, ""))

activity := input.properties.signInActivity

success := activity.lastSuccessfulSignInDateTime if is_string(activity.lastSuccessfulSignInDateTime)

attempts := [t |
	some name in ["lastSignInDateTime", "lastNonInteractiveSignInDateTime"]
	t := activity[name]
	is_string(t)
]

# A failed attempt is no use of the account: it counts only where successes are not recorded.
last := success

last := max(attempts) if {
	not success
	count(attempts) > 0
}

idle := time.days(last, input.now)

never if activity == null

never if {
	is_object(activity)
	not last
}

age := time.days(input.properties.createdDateTime, input.now) if is_string(input.properties.createdDateTime)

pass if idle <= input.params.max_days

pass if {
	never
	age <= input.params.max_days
}

fail contains {"message": sprintf("the last sign-in was %d days ago", [idle]), "at": "/signInActivity"} if {
	idle > input.params.max_days
}

fail contains {"message": sprintf("the account has never signed in since it was made %d days ago", [age]), "at": "/signInActivity"} if {
	never
	age > input.params.max_days
}
