# METADATA
# title: Application credential lives too long
# description: A secret of an application knows no MFA and no leaver. The longer it lives, the more copies of it there are.
# scope: package
# custom:
#   id: AZ-ENT-010
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: Microsoft.Graph/applications
#   remediation:
#     text: Replace the credential by a managed identity or a federated one; else by one that ends earlier. Set an application management policy for the tenant, so that no longer ones can be made.
#     terraform: |
#       resource "azuread_application_password" "this" {
#         application_id = azuread_application.this.id
#         end_date       = timeadd(plantimestamp(), "4320h")
#       }
#     cli: az ad app credential delete --id APP --key-id KEY; az ad app credential reset --id APP --append --end-date 2027-01-31
#   references:
#     - https://learn.microsoft.com/graph/api/resources/passwordcredential
#     - https://learn.microsoft.com/graph/api/resources/keycredential
#     - https://learn.microsoft.com/entra/identity/enterprise-apps/configure-app-management-policies
#   params:
#     secret_days:
#       type: integer
#       description: the most days from the start to the end of a client secret
#       default: 365
#     certificate_days:
#       type: integer
#       description: the most days from the start to the end of a certificate
#       default: 730
#   limits: Credentials that have expired are not counted. Credentials of service principals (SAML signing certificates) are not read.
package rules.azure.entra.application_credential_lifetime

import rego.v1

import data.lib.time

# A certificate that only encrypts tokens signs nobody in.
credentials := array.concat(
	[object.union(c, {"what": "secret", "at": sprintf("/passwordCredentials/%d", [i]), "most": input.params.secret_days}) |
		some i, c in input.properties.passwordCredentials
	],
	[object.union(c, {"what": "certificate", "at": sprintf("/keyCredentials/%d", [i]), "most": input.params.certificate_days}) |
		some i, c in input.properties.keyCredentials
		not c.usage == "Encrypt"
	],
)

live := [c | some c in credentials; not expired(c)]

expired(c) if {
	is_string(c.endDateTime)
	time.days(input.now, c.endDateTime) < 0
}

not_applicable contains {"reason": "the application has no credential that holds"} if count(live) == 0

lifetime(c) := time.days(c.startDateTime, c.endDateTime) if {
	is_string(c.startDateTime)
	is_string(c.endDateTime)
}

short(c) if lifetime(c) <= c.most

pass if {
	count(live) > 0
	every c in live {
		short(c)
	}
}

fail contains {"message": sprintf("the %s %s lives %d days", [c.what, label(c), lifetime(c)]), "at": c.at, "key": c.keyId} if {
	some c in live
	lifetime(c) > c.most
}

fail contains {"message": sprintf("the %s %s never ends", [c.what, label(c)]), "at": c.at, "key": c.keyId} if {
	some c in live
	c.endDateTime == null
}

label(c) := c.displayName if is_string(c.displayName)

label(c) := c.keyId if not is_string(c.displayName)
