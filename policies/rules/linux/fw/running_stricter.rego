# METADATA
# title: Firewall rules in force are lost at the next start
# description: >-
#   The kernel denies now what the configuration will let in: rules were loaded by hand, or their file
#   was changed since. After the next start the host is more open than it seems.
# scope: package
# custom:
#   id: LINUX-FW-006
#   severity: medium
#   objective: config.change_control
#   resource: linux.firewall
#   remediation:
#     text: >-
#       Put the rules that are in force where they are loaded at boot, and enable what loads them.
#     cli: |
#       nft list ruleset > /etc/nftables.conf   # after a review
#       systemctl enable nftables.service
#   references:
#     - https://wiki.nftables.org/wiki-nftables/index.php/Main_Page
#   limits: >-
#     Only on a running host, with root's rights. As for LINUX-FW-005.
package rules.linux.fw.running_stricter

import rego.v1

not_applicable contains {"reason": "no kernel runs on this disk"} if input.properties.RunningDrift == null

drift := input.properties.RunningDrift if is_array(input.properties.RunningDrift)

stricter := [d | some d in drift; d.Looser == false]

pass if {
	is_array(drift)
	count(stricter) == 0
}

fail contains {"message": sprintf("%s over %s is denied now and gets in after the next start", [what(d), d.Family]), "at": sprintf("/RunningDrift/%d", [i]), "key": sprintf("%s/%s/%v", [d.Family, d.Protocol, d.Port])} if {
	some i, d in drift
	d.Looser == false
}

what(d) := sprintf("%s port %d", [d.Protocol, d.Port]) if d.Port != null

what(d) := sprintf("%s to any port", [d.Protocol]) if d.Port == null
