# METADATA
# title: Packet forwarding is on although the host is not a declared router
# description: >-
#   A host that forwards passes packets between networks that are meant to stay apart, and gives an
#   intruder a way around the filters between them.
# scope: package
# custom:
#   id: LINUX-SYSCTL-001
#   severity: medium
#   objective: network.segmentation
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Turn forwarding off in the file that the finding names and in all that come after it, or
#       declare the host as a router.
#     cli: |
#       printf '%s\n' 'net.ipv4.ip_forward = 0' 'net.ipv4.conf.all.forwarding = 0' 'net.ipv6.conf.all.forwarding = 0' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.ip_forward]
#   references:
#     - https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   params:
#     routers: {type: strings, description: Names of the hosts that are meant to forward, default: []}
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. Container engines
#     and hypervisors turn forwarding on when they start; that is seen as drift on a running host
#     only.
package rules.linux.sysctl.packet_forwarding

import rego.v1

not_applicable contains {"reason": "the host is declared as a router"} if {
	input.account in input.params.routers
}

on := [i | some i, e in input.properties.Forwarding; e.Setting.value == true]

off := [i | some i, e in input.properties.Forwarding; e.Setting.value == false]

pass if {
	count(input.properties.Forwarding) > 0
	count(off) == count(input.properties.Forwarding)
}

fail contains {"message": sprintf("the host forwards %s packets (interface %s)", [e.Family, e.Interface]), "at": sprintf("/Forwarding/%d/Setting", [i]), "key": sprintf("%s/%s", [e.Family, e.Interface])} if {
	some i in on
	e := input.properties.Forwarding[i]
}
