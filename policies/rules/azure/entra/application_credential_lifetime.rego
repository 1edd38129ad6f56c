# METADATA
# title: Application credential lives too long
# description: A secret of an application knows no MFA and no leaver. The longer it lives, the more copies of it there are.
# scope: package
# custom:
#   id: AZ-ENT-010
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: [Microsoft.Graph/applications, Microsoft.Graph/servicePrincipals]
#   remediation:
#     text: Replace the credential by a managed identity or a federated one; else by one that ends earlier. Set an application management policy for the tenant, so that no longer ones can be made.
#     terraform: |
#       resource "azuread_application_password" "this" {
#         application_id = azuread_application.this.id
#         end_date       = timeadd(plantimestamp(), "4320h")
#       }
#     cli: az ad app credential delete --id APP --key-id KEY; az ad app credential reset --id APP --append --end-date 2027-01-31; az ad sp credential delete --id PRINCIPAL --key-id KEY
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
#   limits: Credentials that have expired are not counted. Credentials of managed identities, which Azure renews, and SAML signing certificates are not judged.
package rules.azure.entra.application_credential_lifetime

import rego.v1

import data.lib.credentials

import data.lib.time

not_applicable contains {"reason": credentials.renewed} if input.properties.servicePrincipalType == "ManagedIdentity"

not_applicable contains {"reason": "it has no credential that holds"} if count(live) == 0

all := credentials.all(input.properties.passwordCredentials, input.properties.keyCredentials)

live := [c | some c in all; not expired(c)]

expired(c) if {
	is_string(c.endDateTime)
	time.days(input.now, c.endDateTime) < 0
}

most := {"secret": input.params.secret_days, "certificate": input.params.certificate_days}

lifetime(c) := time.days(c.startDateTime, c.endDateTime) if {
	is_string(c.startDateTime)
	is_string(c.endDateTime)
}

short(c) if lifetime(c) <= most[c.what]

pass if {
	count(live) > 0
	every c in live {
		short(c)
	}
}

fail contains {"message": sprintf("the %s %s lives %d days", [c.what, credentials.label(c), lifetime(c)]), "at": c.at, "key": c.keyId} if {
	some c in live
	lifetime(c) > most[c.what]
}

fail contains {"message": sprintf("the %s %s never ends", [c.what, credentials.label(c)]), "at": c.at, "key": c.keyId} if {
	some c in live
	c.endDateTime == null
}
