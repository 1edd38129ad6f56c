# What several of Azure's rules ask: address rules, destinations of logs.
package lib.azure

import rego.v1

# wide(rules): the address rules of a service's firewall that hold 2^25 addresses or more; none where
# there are no rules.
wide(rules) := {rule.value |
	is_array(rules)
	some rule in rules
	parts := split(rule.value, "/")
	count(parts) == 2
	to_number(parts[1]) <= 7
}

destinations := ["workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId"]

# sent(setting): the log entries that a diagnostic setting sends somewhere.
sent(setting) := [entry |
	some name in destinations
	is_string(setting[name])
	is_array(setting.logs)
	some entry in setting.logs
	entry.enabled == true
]

# exported(settings): categories and groups of categories, in lower case, that some setting sends.
exported(settings) := {lower(word) |
	some setting in settings
	some entry in sent(setting)
	some name in ["category", "categoryGroup"]
	word := entry[name]
	is_string(word)
}
