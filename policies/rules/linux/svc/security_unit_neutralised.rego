# METADATA
# title: An override turns a security unit into a no-op
# description: >-
#   A drop-in or a copy of the unit in /etc can leave a service enabled and green while it does
#   nothing: another program, a command that only checks, a missing capability, a hidden path, a
#   dependency that cannot start, a command afterwards that undoes it all.
# scope: package
# custom:
#   id: LINUX-SVC-003
#   severity: high
#   objective: config.hardening
#   resource: linux.unit
#   remediation:
#     text: >-
#       Remove the override named by the finding, or write it so that the unit runs its own program
#       again; then reload systemd and restart the unit.
#     cli: |
#       systemctl revert auditd.service
#       systemctl restart auditd.service
#   aliases:
#     catalogue: [svc.override_neutral]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
#   limits: >-
#     The programs of the units are known by name; what a script of the organisation's own does inside
#     is not read. Masked units are the business of the rules of their area.
package rules.linux.svc.security_unit_neutralised

import rego.v1

not_applicable contains {"reason": "the unit guards nothing"} if input.properties.Role == null

pass if {
	is_string(input.properties.Role)
	is_array(input.properties.Overrides)
	count(input.properties.Overrides) == 0
}

fail contains {"message": sprintf("%s: %s", [input.properties.Name, o.why]), "at": sprintf("/Overrides/%d", [i]), "key": o.why} if {
	is_string(input.properties.Role)
	some i, o in input.properties.Overrides
}
