# METADATA
# title: Security updates do not install themselves
# description: >-
#   Flaws stay open until somebody remembers. Judged is what is in force once all files are merged:
#   which options win, whether the releases with security updates are taken at all, and whether every
#   package is left out again.
# scope: package
# custom:
#   id: LINUX-UPD-001
#   severity: high
#   objective: vulnerability.patching
#   resource: linux.updates
#   remediation:
#     text: >-
#       Install the distribution's program for automatic updates, switch it on, and let it take the
#       releases with security updates. Remove what switches it off in a later file.
#     cli: |
#       apt-get install unattended-upgrades && dpkg-reconfigure -f noninteractive unattended-upgrades   # Debian, Ubuntu
#       apt-config dump APT::Periodic
#       dnf install dnf-automatic && systemctl enable --now dnf-automatic-install.timer                 # RHEL family
#   aliases:
#     catalogue: [upd.automatic]
#   references:
#     - https://wiki.debian.org/UnattendedUpgrades
#     - https://manpages.debian.org/bookworm/apt/apt.conf.5.en.html
#     - https://dnf.readthedocs.io/en/latest/automatic.html
#   params:
#     max_update_interval_days:
#       type: number
#       description: >-
#         Most days from one automatic update to the next.
#       default: 7
#   limits: >-
#     Updates from outside (configuration management, Landscape, Satellite, an image that is built
#     anew) are not seen. Whether the timers run is the business of LINUX-UPD-002. Of apt's
#     preferences those for all packages are read; of other schedules only commands that stand in the
#     job, or in the script that it names.
package rules.linux.upd.automatic

import rego.v1

not_applicable contains {"reason": "no init starts programs here, and none is there to install updates"} if {
	input.properties.Automatic == null
}

on contains i if {
	is_array(input.properties.Automatic)
	some i, a in input.properties.Automatic
	a.On == true
	not slow(a)
}

slow(a) if {
	is_number(a.IntervalDays)
	a.IntervalDays > input.params.max_update_interval_days
}

pass if {
	is_array(input.properties.Automatic)
	count(on) > 0
}

fail contains {"message": "nothing installs security updates by itself", "at": "/Automatic", "key": "none"} if {
	is_array(input.properties.Automatic)
	count(input.properties.Automatic) == 0
}

fail contains {"message": sprintf("%s: %s", [a.Tool, p.Why]), "at": sprintf("/Automatic/%d/Problems/%d", [i, j]), "key": sprintf("%s/%s", [a.Tool, p.Why])} if {
	is_array(input.properties.Automatic)
	count(on) == 0
	some i, a in input.properties.Automatic
	some j, p in a.Problems
}

fail contains {"message": sprintf("%s runs every %v days only", [a.Tool, a.IntervalDays]), "at": sprintf("/Automatic/%d", [i]), "key": sprintf("%s/interval", [a.Tool])} if {
	is_array(input.properties.Automatic)
	count(on) == 0
	some i, a in input.properties.Automatic
	a.On == true
	slow(a)
}
