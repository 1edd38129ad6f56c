# METADATA
# title: Account has no second factor registered
# description: Whoever has the password of such an account registers a second factor of their own at the first sign-in, and passes every policy that asks for one.
# scope: package
# custom:
#   id: AZ-ENT-015
#   severity: high
#   objective: identity.strong_authentication
#   resource: Microsoft.Graph/users
#   remediation:
#     text: Have the person register a passkey or Microsoft Authenticator, with a Temporary Access Pass that the help desk gives after it has made sure who asks. Keep registration to trusted places with a conditional access policy for the user action "register security information". Disable accounts of programs, and give those a managed identity.
#     cli: az rest --method post --url https://graph.microsoft.com/v1.0/users/USER/authentication/temporaryAccessPassMethods --body '{"lifetimeInMinutes":60,"isUsableOnce":true}'
#     terraform: |
#       resource "azuread_conditional_access_policy" "registration" {
#         display_name = "Register security information from trusted places only"
#         state        = "enabled"
#         conditions {
#           client_app_types = ["all"]
#           applications {
#             included_user_actions = ["urn:user:registersecurityinfo"]
#           }
#           locations {
#             included_locations = ["All"]
#             excluded_locations = ["AllTrusted"]
#           }
#           users {
#             included_users = ["All"]
#             excluded_users = ["EMERGENCY"]
#           }
#         }
#         grant_controls {
#           operator          = "OR"
#           built_in_controls = ["block"]
#         }
#       }
#   aliases:
#     prowler: [entra_users_mfa_capable]
#   references:
#     - https://learn.microsoft.com/graph/api/resources/userregistrationdetails
#     - https://learn.microsoft.com/entra/identity/authentication/howto-authentication-methods-activity
#     - https://learn.microsoft.com/entra/identity/conditional-access/policy-all-users-security-info-registration
#   params:
#     service_accounts:
#       type: strings
#       description: user principal names or object ids of accounts that no person signs in with (directory synchronisation)
#       default: []
#   limits: The report of registrations lags by some hours, and Graph gives it in tenants with an Entra ID P1 or P2 licence only; elsewhere the account is not assessed. Guests are not judged, for a second factor of their home may count. Whether a sign-in asks for it is AZ-ENT-001 and 002.
package rules.azure.entra.mfa_registration

import rego.v1

not_applicable contains {"reason": "the account is disabled"} if input.properties.accountEnabled == false

not_applicable contains {"reason": "a guest: a second factor of the home tenant may count"} if input.properties.userType == "Guest"

not_applicable contains {"reason": "the account is declared as one that no person signs in with"} if {
	some account in input.params.service_accounts
	lower(account) in {lower(input.properties.userPrincipalName), last_part}
}

# The object id.
last_part := lower(regex.replace(input.id, `^.*/`, ""))

registered := input.properties.registrationDetails

pass if registered.isMfaCapable == true

fail contains {"message": "no second factor is registered", "at": "/registrationDetails/isMfaRegistered"} if {
	registered.isMfaCapable == false
	registered.isMfaRegistered == false
}

fail contains {"message": "the second factor that is registered is none that the tenant allows", "at": "/registrationDetails/isMfaCapable"} if {
	registered.isMfaCapable == false
	registered.isMfaRegistered == true
}
