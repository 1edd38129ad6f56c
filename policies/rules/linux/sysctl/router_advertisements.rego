# METADATA
# title: A server accepts router advertisements
# description: >-
#   An advertisement makes its sender the IPv6 gateway. Any neighbour can send one, and then sees
#   and changes the traffic of the host.
# scope: package
# custom:
#   id: LINUX-SYSCTL-007
#   severity: low
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Give servers fixed IPv6 addresses and routes, and set accept_ra to 0 for the default of
#       interfaces; where networkd runs, set IPv6AcceptRA=no in its .network files. Or switch IPv6
#       off.
#     cli: |
#       printf '%s\n' 'net.ipv6.conf.*.accept_ra = 0' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.ra]
#   references:
#     - https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.network.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. NetworkManager takes
#     advertisements itself; its profiles are not read. Hosts that get their addresses by
#     advertisement need a waiver.
package rules.linux.sysctl.router_advertisements

import rego.v1

not_applicable contains {"reason": "IPv6 is switched off"} if {
	count(input.properties.AcceptRouterAdvertisements) == 0
}

pass if {
	count(input.properties.AcceptRouterAdvertisements) > 0
	count([e | some e in input.properties.AcceptRouterAdvertisements; e.Setting.value == false]) == count(input.properties.AcceptRouterAdvertisements)
}

fail contains {"message": sprintf("router advertisements are accepted (interface %s)", [e.Interface]), "at": sprintf("/AcceptRouterAdvertisements/%d/Setting", [i]), "key": e.Interface} if {
	some i, e in input.properties.AcceptRouterAdvertisements
	e.Setting.value == true
}
