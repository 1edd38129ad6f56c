# METADATA
# title: The journal does not survive a reboot, as the drop-in that counts decides
# description: >-
#   Kept in memory, the record of what happened is gone with the next start: a reboot erases the
#   evidence.
# scope: package
# custom:
#   id: LINUX-LOG-001
#   severity: medium
#   objective: logging.protect
#   resource: linux.logging
#   remediation:
#     text: >-
#       Set Storage=persistent in a drop-in that sorts last, or make /var/log/journal on a file system
#       that stays; unmask systemd-journal-flush.service.
#     cli: |
#       mkdir -p /etc/systemd/journald.conf.d /var/log/journal
#       printf '[Journal]\nStorage=persistent\n' > /etc/systemd/journald.conf.d/99-persistent.conf
#       systemctl restart systemd-journald.service
#   aliases:
#     catalogue: [log.persistent]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/journald.conf.html
#   limits: >-
#     Journals of namespaces of their own are not looked at, nor how long anything is kept. Drop-ins
#     in /run are gone at the next start and do not count.
package rules.linux.log.persistent

import rego.v1

not_applicable contains {"reason": "systemd does not start the host"} if input.properties.Persistent == null

pass if input.properties.Persistent.value == true

word := input.properties.Storage.value if is_string(input.properties.Storage.value)

word := "" if input.properties.Storage == null

kept if word in {"persistent", "auto"}

fail contains {"message": sprintf("the journal is lost at every start (Storage=%s)", [word]), "at": "/Persistent"} if {
	input.properties.Persistent.value == false
	not kept
}

fail contains {"message": "messages of signing in are not kept, or not beyond a start", "at": "/Persistent"} if {
	input.properties.Persistent.value == false
	kept
}
