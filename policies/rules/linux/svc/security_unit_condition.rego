# METADATA
# title: A security unit has a condition that fails
# description: >-
#   systemd skips a unit whose condition fails without a word: it stays enabled, and nothing is
#   reported as failed.
# scope: package
# custom:
#   id: LINUX-SVC-004
#   severity: high
#   objective: config.hardening
#   resource: linux.unit
#   remediation:
#     text: >-
#       Remove the condition named by the finding, or make it true; an empty assignment in a drop-in
#       resets all conditions of the unit.
#     cli: |
#       systemctl edit auditd.service   # [Unit] ConditionPathExists=
#   aliases:
#     catalogue: [svc.condition_false]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html#Conditions%20and%20Asserts
#   limits: >-
#     Conditions that only the running host can answer (virtualisation, memory, paths in /run, /proc
#     and /sys, mount points) count as true.
package rules.linux.svc.security_unit_condition

import rego.v1

not_applicable contains {"reason": "the unit guards nothing"} if input.properties.Role == null

pass if {
	is_string(input.properties.Role)
	input.properties.FailingCondition == null
}

# Time, logging, firewall: another program of the same duty starts in its place.
pass if {
	is_string(input.properties.Role)
	is_string(input.properties.FailingCondition.instead)
}

fail contains {"message": sprintf("%s is skipped at every start: %s=%s does not hold", [input.properties.Name, c.key, c.value]), "at": "/FailingCondition"} if {
	is_string(input.properties.Role)
	c := input.properties.FailingCondition
	is_object(c)
	c.instead == null
}
