# METADATA
# title: Firewall unit is disabled or does not load its rules
# description: >-
#   A firewall manager is installed, yet after a restart none has loaded rules: its unit is disabled or
#   masked, its switch is off, or the file that it loads is missing or empty.
# scope: package
# custom:
#   id: LINUX-FW-002
#   severity: high
#   objective: network.no_untrusted_exposure
#   resource: linux.firewall
#   remediation:
#     text: >-
#       Enable the unit of the one manager that you use, and make sure that it finds its rules.
#     cli: |
#       systemctl enable --now nftables.service
#       ufw enable
#   aliases:
#     catalogue: [fw.loaded_at_boot]
#   references:
#     - https://wiki.nftables.org/wiki-nftables/index.php/Main_Page
#   limits: >-
#     Known are nftables, iptables and its saved rules, ufw, firewalld, and units, scripts and hooks that
#     call nft, iptables or iptables-restore. Whether the program takes every line of the file is not
#     tried.
package rules.linux.fw.not_loaded

import rego.v1

not_applicable contains {"reason": "no firewall manager is installed"} if count(input.properties.Managers) == 0

loading := [m | some m in input.properties.Managers; m.loads == true]

# A unit that starts and has nothing to load is broken, even beside another that works.
broken := [m | some m in input.properties.Managers; m.loads == false; m.starts.value == "at_boot"]

pass if {
	count(loading) > 0
}

fail contains {"message": sprintf("%s loads no rules at boot: %s", [m.name, m.why]), "at": sprintf("/Managers/%d", [i]), "key": m.unit} if {
	count(loading) == 0
	some i, m in input.properties.Managers
	count(broken) == 0
}

fail contains {"message": sprintf("%s starts, but loads no rules: %s", [m.name, m.why]), "at": sprintf("/Managers/%d", [i]), "key": m.unit} if {
	count(loading) == 0
	some i, m in input.properties.Managers
	m.starts.value == "at_boot"
}
