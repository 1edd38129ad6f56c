# METADATA
# title: Account lookup uses an undeclared source or the wrong order
# description: >-
#   Who asks a source first decides who is who. A source that nobody declared, or one before
#   the files, brings its own users and groups.
# scope: package
# custom:
#   id: LINUX-ACCT-020
#   severity: medium
#   objective: config.hardening
#   resource: linux.accounts
#   params:
#     sources:
#       type: strings
#       description: Sources of accounts that are meant to be asked, in their order
#   remediation:
#     text: >-
#       Let the files come first, then the declared sources in their order.
#   aliases:
#     catalogue: [acct.nss_sources]
#   references:
#     - https://man7.org/linux/man-pages/man5/nsswitch.conf.5.html
package rules.linux.accounts.name_services

import rego.v1

decisive := {"passwd", "group", "shadow", "gshadow", "initgroups"}

rank := {s: i | some i, s in input.params.sources}

asked := [{"at": i, "database": d.Database, "position": j, "name": s.Name} |
	some i, d in input.properties.NameServices
	d.Database in decisive
	some j, s in d.Sources
]

undeclared := [a | some a in asked; not a.name in input.params.sources]

disordered := [a |
	some a in asked
	some b in asked
	a.at == b.at
	a.position > b.position
	rank[a.name] < rank[b.name]
]

pass if {
	is_array(input.properties.NameServices)
	count(input.properties.CompatEntries) == 0
	count(undeclared) == 0
	count(disordered) == 0
}

fail contains {"message": sprintf("%s is looked up in %s, which is not declared", [a.database, a.name]), "at": sprintf("/NameServices/%d", [a.at]), "key": concat("/", [a.database, a.name])} if {
	some a in undeclared
}

fail contains {"message": sprintf("%s asks %s too late", [a.database, a.name]), "at": sprintf("/NameServices/%d", [a.at]), "key": concat("/", [a.database, a.name, "order"])} if {
	some a in disordered
}

fail contains {"message": "a line brings in accounts of the network", "at": sprintf("/CompatEntries/%d", [i]), "key": concat("/", ["compat", e.file])} if {
	some i, e in input.properties.CompatEntries
}
