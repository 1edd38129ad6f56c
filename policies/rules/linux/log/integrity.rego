# METADATA
# title: No file integrity tool is installed, initialised and scheduled
# description: >-
#   Changed programs and configurations go unnoticed where nothing compares them with a known state, or
#   where the tool has no database, selects nothing, or is never run.
# scope: package
# custom:
#   id: LINUX-LOG-006
#   severity: medium
#   objective: config.hardening
#   resource: linux.integrity
#   remediation:
#     text: >-
#       Install AIDE, make its database and put it in place, and enable its timer.
#     cli: |
#       apt-get install aide aide-common && aideinit -y   # others: aide --init, then rename the new database
#       systemctl enable --now dailyaidecheck.timer       # SUSE: aidecheck.timer; else a cron job
#   aliases:
#     catalogue: [log.integrity]
#   references:
#     - https://aide.github.io/doc/
#   limits: >-
#     AIDE, Tripwire, Samhain and the file watch of OSSEC and Wazuh are known. What a database holds,
#     how old it is and who reads the reports is not looked at.
package rules.linux.log.integrity

import rego.v1

working := [t |
	some t in input.properties.Tools
	t.Initialised.value == true
	t.Watches.value == true
	t.Scheduled.value == true
]

pass if count(working) > 0

fail contains {"message": "no file integrity tool is installed", "at": "/Tools", "key": "none"} if {
	count(input.properties.Tools) == 0
}

lacks := {
	"Initialised": "has no database to compare with",
	"Watches": "selects no files",
	"Scheduled": "does not run by itself",
}

fail contains {"message": sprintf("%s %s", [t.Name, what]), "at": sprintf("/Tools/%d/%s", [i, facet]), "key": sprintf("%s %s", [t.Name, facet])} if {
	count(working) == 0
	some i, t in input.properties.Tools
	some facet, what in lacks
	t[facet].value == false
}
