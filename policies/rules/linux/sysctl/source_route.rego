# METADATA
# title: Source-routed packets are accepted
# description: >-
#   With a source route the sender chooses the way of a packet, around filters and into networks
#   that he could not reach.
# scope: package
# custom:
#   id: LINUX-SYSCTL-003
#   severity: medium
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set accept_source_route to 0. IPv4 takes source routes only where the value for all and
#       that of the interface both say so.
#     cli: |
#       printf '%s\n' 'net.ipv4.conf.*.accept_source_route = 0' 'net.ipv6.conf.*.accept_source_route = 0' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.source_route]
#   references:
#     - https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read.
package rules.linux.sysctl.source_route

import rego.v1

pass if {
	count([e | some e in input.properties.AcceptSourceRoute; e.Setting.value == false]) == count(input.properties.AcceptSourceRoute)
	count(input.properties.AcceptSourceRoute) > 0
}

fail contains {"message": sprintf("%s source routes are accepted (interface %s)", [e.Family, e.Interface]), "at": sprintf("/AcceptSourceRoute/%d/Setting", [i]), "key": sprintf("%s/%s", [e.Family, e.Interface])} if {
	some i, e in input.properties.AcceptSourceRoute
	e.Setting.value == true
}
