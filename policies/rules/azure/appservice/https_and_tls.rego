# METADATA
# title: Web application permits HTTP or TLS below 1.2
# description: What users send, cookies and passwords included, can be read and changed on the way.
# scope: package
# custom:
#   id: AZ-APP-001
#   severity: medium
#   objective: crypto.in_transit
#   resource: [Microsoft.Web/sites, Microsoft.Web/sites/slots]
#   remediation:
#     text: Redirect HTTP to HTTPS and set the minimal TLS version to 1.2, in each slot too.
#     terraform: |
#       resource "azurerm_linux_web_app" "this" {
#         # …
#         https_only = true
#         site_config {
#           minimum_tls_version = "1.2"
#         }
#       }
#     bicep: |
#       resource app 'Microsoft.Web/sites@2024-04-01' = {
#         name: name
#         location: location
#         properties: {
#           httpsOnly: true
#           siteConfig: {
#             minTlsVersion: '1.2'
#           }
#         }
#       }
#     cli: az webapp update --resource-group RG --name APP --https-only true; az webapp config set --resource-group RG --name APP --min-tls-version 1.2
#   aliases:
#     prowler: [app_ensure_http_is_redirected_to_https, app_minimum_tls_version_12]
#     trivy: [AVD-AZU-0004, AVD-AZU-0006]
#   references:
#     - https://learn.microsoft.com/azure/app-service/overview-tls
#     - https://learn.microsoft.com/azure/templates/microsoft.web/sites
#   limits: What a gateway in front of the application accepts is not looked at. The TLS version of the deployment endpoint (scmMinTlsVersion) is not judged.
package rules.azure.appservice.https_and_tls

import rego.v1

version := input.properties.config.minTlsVersion

pass if {
	input.properties.httpsOnly == true
	version in {"1.2", "1.3"}
}

fail contains {"message": "HTTP is answered", "at": "/httpsOnly", "key": "http"} if input.properties.httpsOnly == false

fail contains {"message": "HTTP is answered", "at": "/httpsOnly", "key": "http"} if input.properties.httpsOnly == null

fail contains {"message": sprintf("TLS %s is accepted", [version]), "at": "/config/minTlsVersion", "key": "tls"} if {
	version in {"1.0", "1.1"}
}
