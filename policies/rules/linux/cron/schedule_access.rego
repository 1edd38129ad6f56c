# METADATA
# title: Schedules or their directories are open to non-root users
# description: >-
#   Whoever can change a schedule, or the directory in which it lies, runs programs as its
#   user, mostly root. Whoever can read it learns what runs when.
# scope: package
# custom:
#   id: LINUX-CRON-001
#   severity: medium
#   objective: config.hardening
#   resource: linux.cron
#   remediation:
#     text: >-
#       Give the schedules to root and close them for all others.
#     cli: |
#       chown -R root:root /etc/crontab /etc/cron.*
#       chmod -R go-rwx /etc/crontab /etc/cron.*
#   aliases:
#     catalogue: [cron.perm]
#   references:
#     - https://man7.org/linux/man-pages/man8/cron.8.html
#   limits: >-
#     A file in a directory that only root can enter counts as not readable. The users' own
#     crontabs may be read and changed by their users.
package rules.linux.cron.schedule_access

import rego.v1

open := [i |
	some i, s in input.properties.Schedules
	count(s.Readers) + count(s.Writers) > 0
]

pass if {
	is_array(input.properties.Schedules)
	count(open) == 0
}

fail contains {"message": sprintf("%s can be changed by %s", [s.File.path, concat(", ", s.Writers)]), "at": sprintf("/Schedules/%d/File", [i]), "key": concat("/", ["write", s.File.path])} if {
	some i, s in input.properties.Schedules
	count(s.Writers) > 0
}

fail contains {"message": sprintf("%s can be read by %s", [s.File.path, concat(", ", s.Readers)]), "at": sprintf("/Schedules/%d/File", [i]), "key": concat("/", ["read", s.File.path])} if {
	some i, s in input.properties.Schedules
	count(s.Writers) == 0
	count(s.Readers) > 0
}
