# METADATA
# title: An undeclared network log receiver is open
# description: >-
#   Whoever reaches the port floods the disk or forges records. A host that is no log host takes none.
# scope: package
# custom:
#   id: LINUX-LOG-004
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: linux.logging
#   remediation:
#     text: >-
#       Remove the input, or declare the port in `declared_log_receivers` where this is a log host.
#     cli: |
#       grep -rniE 'imudp|imtcp|imptcp|imrelp|serverrun' /etc/rsyslog.conf /etc/rsyslog.d
#       systemctl disable --now systemd-journal-remote.socket
#   aliases:
#     catalogue: [log.no_listener]
#   references:
#     - https://www.rsyslog.com/doc/configuration/modules/imtcp.html
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd-journal-remote.service.html
#   params:
#     declared_log_receivers:
#       type: strings
#       description: >-
#         Ports at which the host may take logs of others: `tcp/6514`, `udp/514`. An empty list: none.
#   limits: >-
#     Ports that rsyslog, systemd-journal-remote and auditd open; those of syslog-ng and of other
#     collectors are not read.
package rules.linux.log.receiver

import rego.v1

outside := [{"message": sprintf("%s takes logs at %s/%s", [r.Program, r.Protocol, r.Port]), "at": sprintf("/Receivers/%d", [i]), "key": sprintf("%s/%s", [r.Protocol, r.Port])} |
	some i, r in input.properties.Receivers
	r.Local == false
]

not_applicable contains {"reason": "nothing takes logs from the network"} if {
	count(input.properties.Receivers) == count([r | some r in input.properties.Receivers; r.Local == true])
}

undeclared := [r | some r in outside; not r.key in input.params.declared_log_receivers]

pass if {
	count(outside) > 0
	count(undeclared) == 0
}

fail contains r if some r in undeclared
