# METADATA
# title: Web application has no managed identity
# description: Without one it signs in to databases and vaults with secrets from its settings, which somebody has to keep and to change.
# scope: package
# custom:
#   id: AZ-APP-003
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: [Microsoft.Web/sites, Microsoft.Web/sites/slots]
#   remediation:
#     text: Assign a managed identity, give it the roles that the application needs, and take the secrets out of the settings.
#     terraform: |
#       resource "azurerm_linux_web_app" "this" {
#         # …
#         identity {
#           type = "SystemAssigned"
#         }
#       }
#     bicep: |
#       resource app 'Microsoft.Web/sites@2024-04-01' = {
#         name: name
#         location: location
#         identity: {
#           type: 'SystemAssigned'
#         }
#       }
#     cli: az webapp identity assign --resource-group RG --name APP
#   aliases:
#     prowler: [app_register_with_identity]
#     trivy: [AVD-AZU-0002]
#   references:
#     - https://learn.microsoft.com/azure/app-service/overview-managed-identity
#   limits: Whether the application uses the identity, or needs one at all, cannot be seen.
package rules.azure.appservice.managed_identity

import rego.v1

pass if {
	is_string(input.properties.identity.type)
	contains(input.properties.identity.type, "Assigned")
}

fail contains {"message": "the application has no managed identity", "at": "/identity"} if input.properties.identity == null

fail contains {"message": "the application has no managed identity", "at": "/identity/type"} if {
	input.properties.identity.type == "None"
}
