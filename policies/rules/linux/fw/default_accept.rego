# METADATA
# title: Inbound traffic is not denied by default after rule evaluation
# description: >-
#   A new connection from anywhere to a port that no rule means gets in: because the policy accepts,
#   because an early rule accepts everything, or because no rules are loaded at all. Whatever service
#   is started next is reachable at once.
# scope: package
# custom:
#   id: LINUX-FW-001
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: linux.firewall
#   remediation:
#     text: >-
#       Deny by policy, accept what belongs to known connections and the loopback, then the ports that
#       are offered, each for itself; load the rules at boot.
#     cli: |
#       nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'
#       systemctl enable --now nftables.service
#   aliases:
#     catalogue: [fw.default_deny, LNX-FW-001]
#   references:
#     - https://wiki.nftables.org/wiki-nftables/index.php/Configuring_chains
#     - https://manpages.debian.org/bookworm/ufw/ufw.8.en.html
#   limits: >-
#     Judged are the rules that are loaded at the next start, over IPv4 (IPv6 is LINUX-FW-004); where
#     the rules in the kernel now differ, LINUX-FW-005 and LINUX-FW-006 say so. Ten ports that no rule
#     names are tried from two addresses; two may be open by a range. What a sender chooses (its port,
#     marks of its packets) keeps nobody out. Interfaces with names of network cards count as outside,
#     tunnels, bridges and the loopback as inside. Rules that programs other than nft and iptables load
#     (containers) are not seen, nor firewalls outside of the host.
package rules.linux.fw.default_accept

import rego.v1

pass if input.properties.Inbound4.denied == true

fail contains {"message": sprintf("new %s connections from anywhere get in: %s", [input.properties.Inbound4.protocol, input.properties.Inbound4.why]), "at": "/Inbound4"} if {
	input.properties.Inbound4.denied == false
}
