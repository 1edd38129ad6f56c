# METADATA
# title: Two users or groups share an id or a name
# description: >-
#   With a shared id permissions merge and actions cannot be told apart; of a shared name
#   only the first line counts.
# scope: package
# custom:
#   id: LINUX-ACCT-006
#   severity: high
#   objective: config.hardening
#   resource: [linux.user, linux.group]
#   remediation:
#     text: >-
#       Give every account and every group an id and a name of its own, then change the owner
#       of its files.
#   aliases:
#     catalogue: [acct.dup_ids]
#   references:
#     - https://man7.org/linux/man-pages/man8/pwck.8.html
#   limits: >-
#     The first holder is not reported, those behind it are.
package rules.linux.accounts.duplicates

import rego.v1

pass if {
	is_array(input.properties.SharedWith)
	count(input.properties.SharedWith) == 0
}

fail contains {"message": sprintf("%s has the %s of %s (%s:%d)", [input.properties.Name, twin.What, twin.Name, twin.file, twin.line]), "at": own[twin.What], "key": concat("/", [input.properties.Name, twin.What, twin.Name])} if {
	some twin in input.properties.SharedWith
}

# Where the second one stands: its id is on the same line as its name.
own := {"name": place, "uid": place, "gid": place}

place := "/Uid" if is_object(input.properties.Uid)

place := "/Gid" if {
	input.type == "linux.group"
	is_object(input.properties.Gid)
}
