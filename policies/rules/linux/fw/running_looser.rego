# METADATA
# title: Running firewall rules let in what the configured ones deny
# description: >-
#   Somebody changed the rules in the kernel by hand, a program did, or the file was never loaded. What
#   was reviewed is not what filters.
# scope: package
# custom:
#   id: LINUX-FW-005
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: linux.firewall
#   remediation:
#     text: >-
#       Find out who changed the rules. Load the configured ones again, or put the wanted rule where
#       it is loaded from and reviewed.
#     cli: |
#       nft list ruleset
#       systemctl reload nftables.service
#   references:
#     - https://wiki.nftables.org/wiki-nftables/index.php/Main_Page
#     - https://man7.org/linux/man-pages/man8/iptables-save.8.html
#   limits: >-
#     Only on a running host, with root's rights. The ports that rules name are compared, and ten
#     others, for senders anywhere. A program of the host lists the rules: one that lies is believed.
package rules.linux.fw.running_looser

import rego.v1

not_applicable contains {"reason": "no kernel runs on this disk"} if input.properties.RunningDrift == null

drift := input.properties.RunningDrift if is_array(input.properties.RunningDrift)

looser := [d | some d in drift; d.Looser == true]

pass if {
	is_array(drift)
	count(looser) == 0
}

fail contains {"message": sprintf("%s over %s gets in now, the configuration denies it%s", [what(d), d.Family, by(d)]), "at": sprintf("/RunningDrift/%d", [i]), "key": sprintf("%s/%s/%v", [d.Family, d.Protocol, d.Port])} if {
	some i, d in drift
	d.Looser == true
}

what(d) := sprintf("%s port %d", [d.Protocol, d.Port]) if d.Port != null

what(d) := sprintf("%s to any port", [d.Protocol]) if d.Port == null

by(d) := sprintf(": %s", [d.Rule]) if d.Rule

by(d) := "" if not d.Rule
