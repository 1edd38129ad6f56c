# METADATA
# title: Key has no expiry or rotation policy
# description: A key that is never renewed protects ever more data, and whoever copied it once reads all of it.
# scope: package
# custom:
#   id: AZ-KV-003
#   severity: medium
#   objective: crypto.key_lifecycle
#   resource: Microsoft.KeyVault/vaults/keys
#   remediation:
#     text: Give the key a rotation policy that rotates it, with an expiry for its versions.
#     cli: |
#       az keyvault key rotation-policy update --vault-name VAULT --name KEY --value '{"lifetimeActions": [{"trigger": {"timeAfterCreate": "P1Y"}, "action": {"type": "Rotate"}}], "attributes": {"expiryTime": "P2Y"}}'
#     bicep: |
#       resource key 'Microsoft.KeyVault/vaults/keys@2023-07-01' = {
#         parent: vault
#         name: name
#         properties: {
#           kty: 'RSA'
#           keySize: 3072
#           rotationPolicy: {
#             attributes: { expiryTime: 'P2Y' }
#             lifetimeActions: [ { action: { type: 'rotate' }, trigger: { timeAfterCreate: 'P1Y' } } ]
#           }
#         }
#       }
#     terraform: |
#       resource "azurerm_key_vault_key" "this" {
#         rotation_policy {
#           expire_after         = "P2Y"
#           notify_before_expiry = "P30D"
#           automatic { time_after_creation = "P1Y" }
#         }
#       }
#   aliases:
#     prowler: [keyvault_key_rotation_enabled, keyvault_rbac_key_expiration_set]
#     trivy: [AVD-AZU-0014]
#   references:
#     - https://learn.microsoft.com/en-us/azure/key-vault/keys/how-to-configure-key-rotation
#   params:
#     maximum_days:
#       type: integer
#       description: Days after which a key must be rotated, or for which a version may be valid
#       default: 730
#   limits: >-
#     Either is enough: automatic rotation, or an expiry, within the days (Azure advises to rotate keys
#     at least every two years). A rotation policy that gives its time in a unit other than days,
#     months or years is not assessed. Keys of managed HSMs are not seen.
package rules.azure.keyvault.key_lifetime

import rego.v1

attributes := input.properties.attributes

not_applicable contains {"reason": "the key is disabled"} if attributes.enabled == false

policy := input.properties.rotationPolicy

triggers := [action.trigger |
	is_object(policy)
	is_array(policy.lifetimeActions)
	some action in policy.lifetimeActions
	is_string(action.action.type)
	lower(action.action.type) == "rotate"
]

# A duration in days, rounded up: P90D, P18M, P2Y.
duration(text) := ceil(to_number(trim_suffix(trim_prefix(text, "P"), unit)) * long) if {
	regex.match(`^P[0-9]+[DMY]$`, text)
	some unit, long in {"D": 1, "M": 30.5, "Y": 365.25}
	endswith(text, unit)
}

# After how many days each trigger rotates: at a time after the making, or before the expiry.
period(trigger) := duration(trigger.timeAfterCreate) if is_string(trigger.timeAfterCreate)

period(trigger) := duration(policy.attributes.expiryTime) - duration(trigger.timeBeforeExpiry) if {
	is_string(trigger.timeBeforeExpiry)
	is_string(policy.attributes.expiryTime)
}

periods := [period(trigger) | some trigger in triggers]

rotated if {
	some period_days in periods
	period_days <= input.params.maximum_days
}

fixed if policy == null

fixed if {
	is_object(policy)
	count(triggers) == 0
}

day := 24 * 60 * 60

days := ceil((attributes.exp - attributes.created) / day) if {
	is_number(attributes.exp)
	is_number(attributes.created)
}

endless if object.get(attributes, "exp", null) == null

pass if rotated

pass if {
	fixed
	days <= input.params.maximum_days
}

fail contains {"message": sprintf("the key is rotated after %d days only", [min(periods)]), "at": "/rotationPolicy"} if {
	count(triggers) > 0
	count(periods) == count(triggers)
	not rotated
}

fail contains {"message": "the key never expires and is not rotated", "at": "/attributes/exp"} if {
	fixed
	endless
}

fail contains {"message": sprintf("the key is valid for %d days and is not rotated", [days]), "at": "/attributes/exp"} if {
	fixed
	days > input.params.maximum_days
}
