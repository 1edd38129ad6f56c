# METADATA
# title: Audit log space handling can lose records silently
# description: >-
#   Records vanish when the disk fills, just when they matter: nobody is warned before, the daemon stops
#   writing and the host goes on, or old records are overwritten.
# scope: package
# custom:
#   id: LINUX-AUD-006
#   severity: medium
#   objective: logging.protect
#   resource: linux.audit
#   remediation:
#     text: >-
#       Keep full logs, warn while there is space, and stop the host (or run a program that makes room)
#       before records are lost.
#     cli: |
#       sed -i -e 's/^max_log_file_action *=.*/max_log_file_action = keep_logs/' \
#         -e 's/^space_left_action *=.*/space_left_action = email/' \
#         -e 's/^admin_space_left_action *=.*/admin_space_left_action = single/' \
#         -e 's/^disk_full_action *=.*/disk_full_action = halt/' \
#         -e 's/^disk_error_action *=.*/disk_error_action = syslog/' /etc/audit/auditd.conf
#       systemctl kill -s HUP auditd.service
#   aliases:
#     catalogue: [aud.storage]
#   references:
#     - https://man7.org/linux/man-pages/man5/auditd.conf.5.html
#   params:
#     accept_audit_rotation:
#       type: boolean
#       description: >-
#         Whether the oldest records may be overwritten (`rotate`) because they left the host before.
#       default: false
#   limits: >-
#     What a program behind `exec` does is not read, and whether mail reaches anybody is not known.
package rules.linux.aud.storage

import rego.v1

not_applicable contains {"reason": "no audit daemon is installed"} if input.properties.Installed == false

good := {
	"local_events": {"yes"},
	"write_logs": {"yes"},
	"log_format": {"raw", "enriched"},
	"max_log_file_action": {"keep_logs", "ignore", "syslog", "exec"},
	"space_left_action": {"syslog", "email", "exec", "single", "halt"},
	"admin_space_left_action": {"syslog", "email", "exec", "single", "halt"},
	"disk_full_action": {"exec", "single", "halt"},
	"disk_error_action": {"syslog", "exec", "single", "halt"},
}

rotates := {"max_log_file_action", "space_left_action", "admin_space_left_action"}

# Files that only grow fill the disk: then the other actions decide.
fine(name) if {
	some word in good[name]
	word == input.properties.Configuration[name].value
}

fine(name) if {
	name in rotates
	input.properties.Configuration[name].value == "rotate"
	input.params.accept_audit_rotation
}

bad := [name |
	some name, _ in good
	is_string(input.properties.Configuration[name].value)
	not fine(name)
]

known := [name |
	some name, _ in good
	is_string(input.properties.Configuration[name].value)
]

# A threshold of nothing is never reached.
silent if input.properties.Configuration.space_left.value == "0"

silent if input.properties.Configuration.space_left.value == "0%"

pass if {
	input.properties.Installed == true
	count(known) == count(good)
	count(bad) == 0
	is_string(input.properties.Configuration.space_left.value)
	not silent
	input.properties.Failure.value != 0
}

fail contains {"message": sprintf("%s = %s", [name, input.properties.Configuration[name].value]), "at": sprintf("/Configuration/%s", [name]), "key": name} if {
	input.properties.Installed == true
	some name in bad
}

fail contains {"message": "nobody is warned before the disk is full: space_left is 0", "at": "/Configuration/space_left", "key": "space_left"} if {
	input.properties.Installed == true
	silent
}

fail contains {"message": "records that the kernel loses are not even reported (-f 0)", "at": "/Failure", "key": "-f 0"} if {
	input.properties.Installed == true
	input.properties.Failure.value == 0
}
