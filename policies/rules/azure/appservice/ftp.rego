# METADATA
# title: Web application allows clear-text FTP deployment
# description: Plain FTP sends the deployment password in clear text. Whoever reads it replaces the application.
# scope: package
# custom:
#   id: AZ-APP-002
#   severity: medium
#   objective: crypto.in_transit
#   resource: [Microsoft.Web/sites, Microsoft.Web/sites/slots]
#   remediation:
#     text: Turn FTP off, or allow FTPS only. Better still, turn off basic authentication for publishing.
#     terraform: |
#       resource "azurerm_linux_web_app" "this" {
#         # …
#         ftp_publish_basic_authentication_enabled = false
#         site_config {
#           ftps_state = "Disabled"
#         }
#       }
#     bicep: |
#       resource app 'Microsoft.Web/sites@2024-04-01' = {
#         name: name
#         location: location
#         properties: {
#           siteConfig: {
#             ftpsState: 'Disabled'
#           }
#         }
#       }
#     cli: az webapp config set --resource-group RG --name APP --ftps-state Disabled
#   aliases:
#     prowler: [app_ftp_deployment_disabled]
#     trivy: [AVD-AZU-0071]
#   references:
#     - https://learn.microsoft.com/azure/app-service/deploy-ftp
#     - https://learn.microsoft.com/azure/app-service/configure-basic-auth-disable
#     - https://learn.microsoft.com/azure/templates/microsoft.web/sites/config-web
package rules.azure.appservice.ftp

import rego.v1

state := input.properties.config.ftpsState

# Without basic authentication nobody can sign in by FTP, encrypted or not.
refused if {
	some policy in input.properties.basicPublishingCredentialsPolicies
	lower(policy.name) == "ftp"
	policy.allow == false
}

pass if state in {"FtpsOnly", "Disabled"}

pass if {
	state == "AllAllowed"
	refused
}

fail contains {"message": "plain FTP is allowed", "at": "/config/ftpsState"} if {
	state == "AllAllowed"
	not refused
}
