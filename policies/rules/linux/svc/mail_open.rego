# METADATA
# title: Mail transfer agent listens beyond the local host
# description: >-
#   Most hosts only send mail. An agent that also takes it from the network invites relaying and
#   attacks on its parser.
# scope: package
# custom:
#   id: LINUX-SVC-011
#   severity: low
#   objective: network.no_untrusted_exposure
#   resource: linux.mail
#   remediation:
#     text: >-
#       Let it listen on the loopback alone: `inet_interfaces = loopback-only` for Postfix,
#       `dc_local_interfaces='127.0.0.1 ; ::1'` for Exim on Debian, `Addr=127.0.0.1` for Sendmail.
#     cli: |
#       postconf -e 'inet_interfaces = loopback-only'
#       systemctl restart postfix
#   aliases:
#     catalogue: [svc.mta_local]
#   references:
#     - https://www.postfix.org/postconf.5.html#inet_interfaces
#     - https://www.exim.org/exim-html-current/doc/html/spec_html/ch-starting_the_daemon_and_the_use_of_network_interfaces.html
#   limits: >-
#     Known are Postfix (one instance), Exim, Sendmail and OpenSMTPD. A host that is meant to take mail
#     needs a waiver. Firewalls are not taken into account.
package rules.linux.svc.mail_open

import rego.v1

not_applicable contains {"reason": "the agent does not start"} if {
	not input.properties.Starts.value in {"at_boot", "on_demand"}
}

starts if input.properties.Starts.value in {"at_boot", "on_demand"}

pass if {
	starts
	input.properties.LocalOnly == true
}

fail contains {"message": sprintf("%s takes mail from the network: %v", [input.properties.Name, input.properties.Interfaces.value]), "at": "/Interfaces"} if {
	starts
	input.properties.LocalOnly == false
}
