# METADATA
# title: Login notices are missing or reveal system details
# description: >-
#   Names and versions before a login help attackers to choose; without a notice nobody can
#   say that he was not warned.
# scope: package
# custom:
#   id: LINUX-MISC-001
#   severity: low
#   objective: config.hardening
#   resource: linux.host
#   remediation:
#     text: >-
#       Write who may use the system into /etc/issue and /etc/issue.net, without names,
#       versions or escapes such as \\r and \\v.
#   aliases:
#     catalogue: [misc.banner]
#   references:
#     - https://man7.org/linux/man-pages/man8/agetty.8.html
#     - https://man7.org/linux/man-pages/man5/issue.5.html
#   limits: >-
#     Which file the SSH server shows is judged by its own rules; what scripts of update-
#     motd.d print is not read.
package rules.linux.misc.notices

import rego.v1

bad contains i if {
	some i, n in input.properties.Notices
	n.Notice != "motd"
	n.State != "present"
}

bad contains i if {
	some i, n in input.properties.Notices
	count(n.Reveals) > 0
}

pass if {
	is_array(input.properties.Notices)
	count(bad) == 0
}

fail contains {"message": sprintf("the notice %s is %s", [n.file, n.State]), "at": sprintf("/Notices/%d", [i]), "key": concat("/", [n.Notice, "text"])} if {
	some i, n in input.properties.Notices
	n.Notice != "motd"
	n.State != "present"
}

fail contains {"message": sprintf("%s tells %s", [r.file, r.What]), "at": sprintf("/Notices/%d/Reveals/%d", [i, j]), "key": concat("/", [n.Notice, r.file, r.What])} if {
	some i, n in input.properties.Notices
	some j, r in n.Reveals
}
