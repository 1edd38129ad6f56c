# Firewalls and parameters of Azure databases.
package lib.database

import rego.v1

# setting(list, name): the value of a server parameter, in lower case.
setting(list, name) := lower(c.value) if {
	some c in list
	lower(c.name) == name
	is_string(c.value)
}

# pending(list, name): the value holds after a restart only.
pending(list, name) if {
	some c in list
	lower(c.name) == name
	lower(sprintf("%v", [c.isConfigPendingRestart])) == "true"
}

# wide(line, most): a line of a firewall lets in more than those who use the database.
wide(line, _) if line.kind in {"azure", "everyone"}

wide(line, most) if {
	line.kind == "range"
	line.addresses > most
}

# whom(line): whom it lets in.
whom(line) := "every service of Azure, of other customers too" if line.kind == "azure"

whom(line) := "the whole internet" if line.kind == "everyone"

whom(line) := sprintf("%d addresses", [line.addresses]) if line.kind == "range"
