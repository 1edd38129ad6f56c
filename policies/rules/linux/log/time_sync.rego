# METADATA
# title: Clock is not kept by exactly one daemon using declared servers
# description: >-
#   A wrong clock breaks the order of events, certificates and sign-in tokens. Two daemons work against
#   each other, and a server that nobody declared can move the time.
# scope: package
# custom:
#   id: LINUX-LOG-005
#   severity: medium
#   objective: host.time_sync
#   resource: linux.time
#   remediation:
#     text: >-
#       Keep one of chrony, systemd-timesyncd and ntpsec, disable the others, and let it use the servers
#       of the organisation, which `declared_time_servers` names.
#     cli: |
#       systemctl disable --now systemd-timesyncd.service
#       echo 'server time.example.org iburst nts' > /etc/chrony/sources.d/own.sources
#       systemctl restart chrony.service
#   aliases:
#     catalogue: [log.time_sync]
#   references:
#     - https://chrony-project.org/documentation.html
#     - https://www.freedesktop.org/software/systemd/man/latest/timesyncd.conf.html
#   params:
#     declared_time_servers:
#       type: strings
#       description: >-
#         Servers, pools and clocks that may set the time, as the configuration names them
#         (`time.example.org`, `2.debian.pool.ntp.org`, `phc /dev/ptp0`).
#   limits: >-
#     Servers that DHCP or systemd-networkd hand on, and guest tools of hypervisors that set the clock,
#     are not seen. Whether the servers answer is not looked at.
package rules.linux.log.time_sync

import rego.v1

daemons := [d.Name | some d in input.properties.Daemons]

declared := {lower(trim_suffix(s, ".")) | some s in input.params.declared_time_servers}

undeclared := [{"message": sprintf("%s takes the time from %s", [s.Daemon, s.Name]), "at": sprintf("/Sources/%d", [i]), "key": s.Name} |
	some i, s in input.properties.Sources
	not s.Name in declared
]

pass if {
	count(daemons) == 1
	count(input.properties.Sources) > 0
	count(undeclared) == 0
}

fail contains {"message": "no daemon keeps the clock", "at": "/Daemons", "key": "none"} if {
	count(daemons) == 0
	count(declared) >= 0
}

fail contains {"message": sprintf("several daemons set the clock: %s", [concat(", ", daemons)]), "at": sprintf("/Daemons/%d", [count(daemons) - 1]), "key": "several"} if {
	count(daemons) > 1
	count(declared) >= 0
}

fail contains {"message": sprintf("%s has no server", [daemons[0]]), "at": "/Daemons/0", "key": "no server"} if {
	count(daemons) == 1
	count(input.properties.Sources) == 0
	count(declared) >= 0
}

fail contains u if some u in undeclared
