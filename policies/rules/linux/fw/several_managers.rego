# METADATA
# title: More than one firewall manager is active
# description: >-
#   Each manager believes that it owns the rules. Which of them is loaded last decides, and a change in
#   one may flush the other.
# scope: package
# custom:
#   id: LINUX-FW-003
#   severity: medium
#   objective: config.hardening
#   resource: linux.firewall
#   remediation:
#     text: >-
#       Keep one manager; disable and mask the units of the others.
#     cli: |
#       systemctl disable --now ufw.service
#       systemctl mask ufw.service
#   aliases:
#     catalogue: [fw.single_tool]
#   references:
#     - https://firewalld.org/documentation/
#   limits: >-
#     Active is a manager whose unit starts at boot and that has rules to load. Programs that add rules
#     of their own (containers, fail2ban) do not count.
package rules.linux.fw.several_managers

import rego.v1

not_applicable contains {"reason": "no firewall manager is installed"} if count(input.properties.Managers) == 0

active := {m.name | some m in input.properties.Managers; m.loads == true}

pass if {
	count(input.properties.Managers) > 0
	count(active) <= 1
}

fail contains {"message": sprintf("%s is active beside others: %s", [m.name, concat(", ", sort([n | some n in active; n != m.name]))]), "at": sprintf("/Managers/%d", [i]), "key": m.unit} if {
	count(active) > 1
	some i, m in input.properties.Managers
	m.loads == true
}
