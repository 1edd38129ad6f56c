# METADATA
# title: Scheduling jobs is not limited to named users
# description: >-
#   Who may schedule jobs can make his programs come back again and again. A list of those
#   who may not lets in every account that is added later.
# scope: package
# custom:
#   id: LINUX-CRON-002
#   severity: low
#   objective: identity.least_privilege
#   resource: linux.cron
#   remediation:
#     text: >-
#       Name those who may in cron.allow and at.allow, and remove the lists of those who may
#       not.
#     cli: |
#       printf "root\n" > /etc/cron.allow
#       chmod 600 /etc/cron.allow
#       rm -f /etc/cron.deny
#   aliases:
#     catalogue: [cron.allow]
#   references:
#     - https://man7.org/linux/man-pages/man1/crontab.1.html
#   limits: >-
#     Without a list the cron of Debian serves everybody, other crons and at serve root.
#     Rules of PAM for the service cron are not considered.
package rules.linux.cron.schedule_users

import rego.v1

not_applicable contains {"reason": "neither is installed"} if {
	input.properties.CronAccess.Installed == false
	input.properties.AtAccess.Installed == false
}

fine(a) if a.Installed == false

fine(a) if {
	a.Installed == true
	a.Rule in {"allow", "root"}
}

pass if {
	fine(input.properties.CronAccess)
	fine(input.properties.AtAccess)
}

fail contains {"message": "all accounts but those on a list may use cron, or all of them", "at": "/CronAccess", "key": "cron"} if not fine(input.properties.CronAccess)

fail contains {"message": "all accounts but those on a list may use at, or all of them", "at": "/AtAccess", "key": "at"} if not fine(input.properties.AtAccess)
