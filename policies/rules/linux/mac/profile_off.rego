# METADATA
# title: A confinement profile is disabled or only complains
# description: >-
#   A profile that is disabled, or that only writes down what it would have forbidden, protects nothing
#   while the program looks confined.
# scope: package
# custom:
#   id: LINUX-MAC-002
#   severity: medium
#   objective: config.hardening
#   resource: linux.mac
#   remediation:
#     text: >-
#       Enforce the profile again once its denials are understood.
#     cli: |
#       aa-enforce /etc/apparmor.d/usr.bin.man
#       semanage permissive -d httpd_t
#   aliases:
#     catalogue: [mac.profiles]
#   references:
#     - https://manpages.debian.org/bookworm/apparmor/apparmor.d.5.en.html
#   limits: >-
#     Links in `disable/` and `force-complain/` count where the profile itself is there. A profile with
#     the flag `unconfined` counts where a package of dpkg's did not ship it so. What a profile allows
#     is not judged, nor which programs have none.
package rules.linux.mac.profile_off

import rego.v1

not_applicable contains {"reason": "no system is on: LINUX-MAC-001 judges that"} if {
	input.properties.Active.on == false
	count(input.properties.Weak) == 0
}

pass if {
	input.properties.Active.on == true
	count(input.properties.Weak) == 0
}

fail contains {"message": sprintf("%s: %s", [w.profile, w.state]), "at": sprintf("/Weak/%d", [i]), "key": w.profile} if {
	some i, w in input.properties.Weak
}
