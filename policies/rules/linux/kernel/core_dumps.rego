# METADATA
# title: Privileged programs can leave core dumps at some layer
# description: >-
#   A dump is the memory of a program: passwords, keys, data of others, on the disk for whoever
#   comes next.
# scope: package
# custom:
#   id: LINUX-KERNEL-003
#   severity: medium
#   objective: config.hardening
#   resource: linux.coredump
#   remediation:
#     text: >-
#       Close every layer: fs.suid_dumpable = 0, a hard limit of 0 for sessions, no LimitCORE for
#       services, and Storage=none and ProcessSizeMax=0 where systemd-coredump takes dumps.
#     cli: |
#       printf 'fs.suid_dumpable = 0\n' > /etc/sysctl.d/99-dumps.conf
#       printf '* hard core 0\nroot hard core 0\n' > /etc/security/limits.d/99-dumps.conf
#       mkdir -p /etc/systemd/coredump.conf.d
#       printf '[Coredump]\nStorage=none\nProcessSizeMax=0\n' > /etc/systemd/coredump.conf.d/99-dumps.conf
#   aliases:
#     catalogue: [kernel.coredumps]
#   references:
#     - https://man7.org/linux/man-pages/man5/core.5.html
#     - https://man7.org/linux/man-pages/man5/limits.conf.5.html
#     - https://man7.org/linux/man-pages/man5/coredump.conf.5.html
#   limits: >-
#     Limits that nobody sets count only while dumps are kept at all; those that a file opens count
#     always. Limits that programs and shell profiles set for themselves are not read, and root can
#     always raise his own.
package rules.linux.kernel.core_dumps

import rego.v1

kept if input.properties.Keeps.value == true

# What nobody says counts while dumps are kept; what a file opens counts always.
counts(setting) if kept

counts(setting) if setting.origin != "default"

open_limits := [i | some i, l in input.properties.Limits; l.Hard.value != 0; counts(l.Hard)]

open_services := [i | some i, s in input.properties.Services; counts(s.Limit)]

pass if {
	input.properties.SuidDumpable.value == 0
	not storing
	quiet
}

# systemd-coredump takes dumps and keeps them.
storing if {
	input.properties.Keeps.value == true
	is_object(input.properties.Storage)
}

quiet if {
	is_boolean(input.properties.Keeps.value)
	count(input.properties.Limits) > 0
	count(open_limits) == 0
	count(open_services) == 0
}

fail contains {"message": sprintf("privileged programs may dump (fs.suid_dumpable is %d)", [input.properties.SuidDumpable.value]), "at": "/SuidDumpable", "key": "suid"} if {
	input.properties.SuidDumpable.value != 0
}

fail contains {"message": "systemd-coredump keeps what it takes", "at": "/Keeps", "key": "storage"} if {
	storing
}

fail contains {"message": sprintf("sessions may dump (%s)", [l.Who]), "at": sprintf("/Limits/%d/Hard", [i]), "key": sprintf("limits/%s", [l.Who])} if {
	some i in open_limits
	l := input.properties.Limits[i]
}

fail contains {"message": sprintf("%s lets services dump (%s)", [s.Unit, s.Limit.value]), "at": sprintf("/Services/%d/Limit", [i]), "key": sprintf("services/%s", [s.Unit])} if {
	some i in open_services
	s := input.properties.Services[i]
}
