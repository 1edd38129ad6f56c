# METADATA
# title: IPv6 traffic is filtered less strictly than IPv4
# description: >-
#   What is closed over IPv4 is open over IPv6. Scanners try both.
# scope: package
# custom:
#   id: LINUX-FW-004
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: linux.firewall
#   remediation:
#     text: >-
#       Write the rules once for both (`table inet`), or load the same for ip6tables; or switch IPv6
#       off in the kernel where it is not used.
#     cli: |
#       nft add table inet filter
#   aliases:
#     catalogue: [fw.ipv6]
#   references:
#     - https://wiki.nftables.org/wiki-nftables/index.php/Nftables_families
#   limits: >-
#     Compared are the ports that rules name and ten others, for senders anywhere. IPv6 counts as off
#     by the kernel's command line (`ipv6.disable=1`) only.
package rules.linux.fw.ipv6_looser

import rego.v1

not_applicable contains {"reason": "the kernel does not speak IPv6"} if input.properties.Ipv6.value == false

not_applicable contains {"reason": "IPv4 is not filtered either"} if {
	input.properties.Ipv6.value == true
	input.properties.Inbound4.denied == false
	count(input.properties.Looser6) == 0
}

open if input.properties.Inbound6.denied == false

pass if {
	input.properties.Ipv6.value == true
	input.properties.Inbound4.denied == true
	not open
	count(input.properties.Looser6) == 0
}

fail contains {"message": "IPv6 is not denied by default, IPv4 is", "at": "/Inbound6", "key": "default"} if {
	input.properties.Ipv6.value == true
	input.properties.Inbound4.denied == true
	open
}

fail contains {"message": sprintf("%s port %d is open over IPv6 and closed over IPv4", [p.protocol, p.port]), "at": sprintf("/Looser6/%d", [i]), "key": sprintf("%s/%d", [p.protocol, p.port])} if {
	input.properties.Ipv6.value == true
	not whole
	some i, p in input.properties.Looser6
}

whole if {
	input.properties.Inbound4.denied == true
	open
}
