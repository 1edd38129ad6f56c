# METADATA
# title: A network-facing unit runs without basic sandboxing
# description: >-
#   A daemon that strangers can talk to should not be able to write to the system's directories or to
#   gain new privileges. systemd gives both for two lines.
# scope: package
# custom:
#   id: LINUX-SVC-006
#   severity: low
#   objective: config.hardening
#   resource: linux.unit
#   remediation:
#     text: >-
#       Add a drop-in with `ProtectSystem=full` (or strict) and `NoNewPrivileges=yes`, try the
#       service, then go on with what `systemd-analyze security` names.
#     cli: |
#       systemctl edit nginx.service   # [Service] ProtectSystem=full, NoNewPrivileges=yes
#       systemd-analyze security nginx.service
#   aliases:
#     catalogue: [svc.sandbox]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html#Sandboxing
#   limits: >-
#     Network-facing are well-known daemons and services behind a socket unit with a port; others are
#     not judged. Basic means: ProtectSystem on (or a root of its own), and no new privileges (or a
#     user other than root, or a limited set of capabilities). Confinement by AppArmor or SELinux does
#     not count here.
package rules.linux.svc.network_unit_unconfined

import rego.v1

box := input.properties.Sandbox

not_applicable contains {"reason": "the unit does not start, or nothing says that the network reaches it"} if not judged

starts if input.properties.Starts.value in {"at_boot", "on_demand"}

judged if {
	starts
	is_object(input.properties.Network)
	is_object(box)
}

files_kept if box.ProtectSystem.value in {"yes", "full", "strict"}

files_kept if is_string(box.RootDirectory.value)

rights_kept if box.NoNewPrivileges.value == true

rights_kept if not box.User.value in {"root", "0"}

rights_kept if is_string(box.CapabilityBoundingSet.value)

pass if {
	judged
	files_kept
	rights_kept
}

fail contains {"message": sprintf("%s can write to the system's directories", [input.properties.Name]), "at": "/Network", "key": "files"} if {
	judged
	not files_kept
}

fail contains {"message": sprintf("%s can gain privileges", [input.properties.Name]), "at": "/Network", "key": "privileges"} if {
	judged
	not rights_kept
}
