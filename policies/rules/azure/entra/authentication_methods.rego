# METADATA
# title: Strong authentication methods are not enforced tenant-wide
# description: A code in a text message or a call can be asked for on the phone, forwarded, or taken over with the number. As long as the tenant allows it, an attacker chooses it.
# scope: package
# custom:
#   id: AZ-ENT-011
#   severity: low
#   objective: identity.strong_authentication
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Move people to passkeys or Microsoft Authenticator with a registration campaign, turn SMS and voice off in the authentication methods policy, and complete its migration, so that the older settings count no more.
#     cli: |
#       az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/Sms --body '{"@odata.type":"#microsoft.graph.smsAuthenticationMethodConfiguration","state":"disabled"}'
#       az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/Voice --body '{"@odata.type":"#microsoft.graph.voiceAuthenticationMethodConfiguration","state":"disabled"}'
#     terraform: |
#       resource "msgraph_update_resource" "weak" {
#         for_each = {
#           Sms   = "#microsoft.graph.smsAuthenticationMethodConfiguration"
#           Voice = "#microsoft.graph.voiceAuthenticationMethodConfiguration"
#         }
#         url = "policies/authenticationMethodsPolicy/authenticationMethodConfigurations/${each.key}"
#         body = {
#           "@odata.type" = each.value
#           state         = "disabled"
#         }
#       }
#   aliases:
#     prowler: [entra_authentication_methods_policy_strong_auth_enforced]
#   references:
#     - https://learn.microsoft.com/graph/api/resources/authenticationmethodspolicy
#     - https://learn.microsoft.com/entra/identity/authentication/how-to-authentication-methods-manage
#     - https://learn.microsoft.com/entra/identity/authentication/concept-authentication-methods
#   limits: For whom a method is allowed is not looked at. Until the migration of the policy is complete, the older settings of MFA and password resets allow methods as well, which no API tells; then the tenant is not assessed, unless the policy itself allows a weak method. Authentication strengths of single policies are not looked at.
package rules.azure.entra.authentication_methods

import rego.v1

methods := input.derived.authentication_methods

pass if {
	count(methods.weak) == 0
	count(methods.strong) > 0
}

fail contains {"message": sprintf("the tenant allows %s as a second factor", [method]), "at": "/AuthenticationMethodsPolicy/authenticationMethodConfigurations", "key": method} if {
	some method in methods.weak
}

fail contains {"message": "the tenant allows neither passkeys nor Microsoft Authenticator nor certificates", "at": "/AuthenticationMethodsPolicy/authenticationMethodConfigurations", "key": "none"} if {
	count(methods.strong) == 0
}
