# METADATA
# title: Search path of root has a relative entry or one that others can write
# description: >-
#   Root runs what the first directory of his search path has under a name. Where others can
#   write there, or where it is the directory he happens to be in, he runs what they put
#   there.
# scope: package
# custom:
#   id: LINUX-ACCT-016
#   severity: high
#   objective: config.hardening
#   resource: linux.login
#   remediation:
#     text: >-
#       Take relative and empty entries out of PATH, and give its directories to root.
#   aliases:
#     catalogue: [acct.root_path]
#   references:
#     - https://man7.org/linux/man-pages/man1/bash.1.html
#   limits: >-
#     Start-up files are followed without running them: what depends on programs, terminals
#     or the session is not judged. Files of csh and fish, graphical sessions, PATH and
#     UMask= of units, and BASH_ENV are not read; variables made local in functions count as
#     the session's. A directory that is not there is not judged.
package rules.linux.accounts.root_path

import rego.v1

not_applicable contains {"reason": "not root"} if input.properties.Root == false

wrong contains i if {
	some i, e in input.properties.PathEntries
	e.Kind != "absolute"
}

wrong contains i if {
	some i, e in input.properties.PathEntries
	count(e.Access.writers) > 0
}

pass if {
	input.properties.Root == true
	is_array(input.properties.PathEntries)
	count(wrong) == 0
}

fail contains {"message": sprintf("the search path of %s has %s entry (%q)", [input.properties.Account, words[e.Kind], e.Entry]), "at": sprintf("/PathEntries/%d", [i]), "key": concat("/", [e.Kind, e.Entry])} if {
	some i, e in input.properties.PathEntries
	e.Kind != "absolute"
}

words := {"relative": "a relative", "empty": "an empty"}

fail contains {"message": sprintf("%s in the search path of %s can be changed by %s", [e.Entry, input.properties.Account, concat(", ", e.Access.writers)]), "at": sprintf("/PathEntries/%d", [i]), "key": concat("/", ["writable", e.Entry])} if {
	some i, e in input.properties.PathEntries
	count(e.Access.writers) > 0
}
