# METADATA
# title: Subordinate id ranges overlap
# description: >-
#   Ids that two users may hand to their containers, or that an account of the host has, let
#   containers reach what is not theirs.
# scope: package
# custom:
#   id: LINUX-ACCT-021
#   severity: medium
#   objective: config.hardening
#   resource: linux.accounts
#   remediation:
#     text: >-
#       Give each user a range of his own, away from the ids of accounts.
#     cli: |
#       usermod --del-subuids FIRST-LAST NAME
#       usermod --add-subuids FIRST-LAST NAME
#   aliases:
#     catalogue: [acct.subids]
#   references:
#     - https://man7.org/linux/man-pages/man5/subuid.5.html
package rules.linux.accounts.subordinate_ids

import rego.v1

pass if {
	is_array(input.properties.SubordinateOverlaps)
	count(input.properties.SubordinateOverlaps) == 0
}

words := {"range": "which are also for", "account": "one of which belongs to"}

fail contains {"message": sprintf("%s may use ids from %d, %s %s", [o.Owner, o.From, words[o.Kind], o.With]), "at": sprintf("/SubordinateOverlaps/%d", [i]), "key": concat("/", [o.file, o.Owner, o.Kind, o.With])} if {
	some i, o in input.properties.SubordinateOverlaps
}
