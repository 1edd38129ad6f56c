# METADATA
# title: Secret has no expiry
# description: A password or token that never ends stays good long after it leaked and after everybody forgot it.
# scope: package
# custom:
#   id: AZ-KV-004
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: Microsoft.KeyVault/vaults/secrets
#   remediation:
#     text: Set an expiry for the secret, and renew it before that day, by an event that the vault sends or by hand.
#     cli: az keyvault secret set-attributes --vault-name VAULT --name SECRET --expires 2027-05-31T00:00:00Z
#     bicep: |
#       resource secret 'Microsoft.KeyVault/vaults/secrets@2023-07-01' = {
#         parent: vault
#         name: name
#         properties: {
#           value: value
#           attributes: { enabled: true, exp: expiry }
#         }
#       }
#     terraform: |
#       resource "azurerm_key_vault_secret" "this" {
#         expiration_date = "2027-05-31T00:00:00Z"
#       }
#   aliases:
#     prowler: [keyvault_rbac_secret_expiration_set, keyvault_non_rbac_secret_expiration_set]
#     trivy: [AVD-AZU-0017]
#   references:
#     - https://learn.microsoft.com/en-us/azure/key-vault/secrets/secrets-best-practices
#     - https://learn.microsoft.com/en-us/azure/key-vault/secrets/about-secrets
#   limits: Judges the current version. Any expiry counts, however late. It warns; Azure goes on giving an expired secret to those who may read it.
package rules.azure.keyvault.secret_expiry

import rego.v1

not_applicable contains {"reason": "the secret is disabled"} if {
	input.properties.attributes.enabled == false
}

pass if is_number(input.properties.attributes.exp)

fail contains {"message": "the secret never expires", "at": "/attributes/exp"} if {
	object.get(input.properties.attributes, "exp", null) == null
}
