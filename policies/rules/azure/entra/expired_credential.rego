# METADATA
# title: Expired application credential is still listed
# description: Dead entries hide the live ones, and somebody who sees one renews it without asking who needs it.
# scope: package
# custom:
#   id: AZ-ENT-012
#   severity: low
#   objective: identity.credential_lifecycle
#   resource: [Microsoft.Graph/applications, Microsoft.Graph/servicePrincipals]
#   remediation:
#     text: Remove the credential, on the application, or on the service principal where it was added there.
#     cli: |
#       az ad app credential delete --id APP --key-id KEY
#       az ad sp credential delete --id PRINCIPAL --key-id KEY
#     terraform: |
#       # Out of the configuration with the block of the expired one; where one is still needed:
#       resource "time_rotating" "app" {
#         rotation_days = 90
#       }
#       resource "azuread_application_password" "app" {
#         application_id      = azuread_application.app.id
#         rotate_when_changed = { rotation = time_rotating.app.id }
#       }
#   aliases:
#     prowler: [entra_app_registration_credential_not_expired]
#   references:
#     - https://learn.microsoft.com/graph/api/resources/passwordcredential
#     - https://learn.microsoft.com/graph/api/resources/keycredential
#   limits: Credentials of managed identities, which Azure renews, and SAML signing certificates are not judged.
package rules.azure.entra.expired_credential

import rego.v1

import data.lib.credentials

import data.lib.time

not_applicable contains {"reason": credentials.renewed} if input.properties.servicePrincipalType == "ManagedIdentity"

not_applicable contains {"reason": "it has no credential"} if count(all) == 0

all := credentials.all(input.properties.passwordCredentials, input.properties.keyCredentials)

expired(c) if {
	is_string(c.endDateTime)
	time.days(input.now, c.endDateTime) < 0
}

pass if {
	count(all) > 0
	every c in all {
		not expired(c)
	}
}

fail contains {"message": sprintf("the %s %s ended on %s", [c.what, credentials.label(c), substring(c.endDateTime, 0, 10)]), "at": c.at, "key": c.keyId} if {
	some c in all
	expired(c)
}
