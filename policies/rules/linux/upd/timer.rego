# METADATA
# title: An update timer never does its work
# description: >-
#   Masked, disabled, without a date, due once a month at most, or with a service that cannot start:
#   updates look configured but never run.
# scope: package
# custom:
#   id: LINUX-UPD-002
#   severity: high
#   objective: vulnerability.patching
#   resource: linux.updates
#   remediation:
#     text: >-
#       Unmask and enable the timer, and remove the override that takes its date or its command.
#     cli: |
#       systemctl unmask apt-daily.timer apt-daily-upgrade.timer
#       systemctl revert apt-daily.timer apt-daily-upgrade.timer
#       systemctl enable --now apt-daily.timer apt-daily-upgrade.timer
#   aliases:
#     catalogue: [upd.timer]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.timer.html
#     - https://wiki.debian.org/UnattendedUpgrades
#   limits: >-
#     A timer that somebody stopped until the next start is not seen. Schedules without systemd are
#     LINUX-UPD-001's.
package rules.linux.upd.timer

import rego.v1

not_applicable contains {"reason": "no program that updates by itself comes with a timer here"} if {
	count(input.properties.Timers) == 0
}

idle contains i if {
	some i, t in input.properties.Timers
	is_string(t.Problem)
}

pass if {
	count(input.properties.Timers) > 0
	count(idle) == 0
}

fail contains {"message": sprintf("%s, which %s: %s", [t.Name, t.Purpose, t.Problem]), "at": sprintf("/Timers/%d", [i]), "key": t.Name} if {
	some i in idle
	t := input.properties.Timers[i]
}
