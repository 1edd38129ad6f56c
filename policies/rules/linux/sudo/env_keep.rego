# METADATA
# title: sudo or doas preserves dangerous environment variables
# description: >-
#   Kept loader or interpreter variables run the user's code as root; so does a PATH of the caller's where secure_path does not replace it, and a secure_path with a folder that others write.
# scope: package
# custom:
#   id: LINUX-SUDO-009
#   severity: medium
#   objective: config.hardening
#   resource: [linux.sudoers, linux.doas]
#   remediation:
#     text: >-
#       Keep env_reset and secure_path, take the variable out of env_keep, and drop SETENV; in doas drop keepenv and the variable in setenv.
#     cli: |
#       visudo   # edits the policy and checks it before it counts
#   aliases:
#     catalogue: [sudo.env_keep]
#   references:
#     - https://www.sudo.ws/docs/man/sudoers.man/
#   limits: >-
#     Directory services as sources of rules (sudoers in LDAP or SSSD) are not read; netgroups and networks in host lists are not known offline.
package rules.linux.sudo.env_keep

import rego.v1

unreset := [{"i": i, "s": s} |
	some i, s in input.properties.env_reset
	s.Setting.value == false
]

unsecured := [{"i": i, "s": s} |
	some i, s in input.properties.secure_path
	s.Setting.value == ""
]

free := [{"i": i, "g": g} |
	some i, g in input.properties.Grants
	g.SetEnv.value == true
]

pass if {
	count(input.properties.Errors) == 0
	count(input.properties.env_reset) > 0
	count(input.properties.secure_path) > 0
	is_array(input.properties.Grants)
	count(input.properties.env_keep) == 0
	count(unreset) == 0
	count(unsecured) == 0
	count(input.properties.OpenPath) == 0
	count(free) == 0
}

fail contains {"message": sprintf("the caller's %s is kept (%s)", [k.Name, k.For]), "at": sprintf("/env_keep/%d/Setting", [i]), "key": sprintf("%s/%s", [k.For, k.Setting.value])} if {
	some i, k in input.properties.env_keep
}

fail contains {"message": sprintf("the environment of the caller is handed on (%s)", [b.s.For]), "at": sprintf("/env_reset/%d/Setting", [b.i]), "key": sprintf("env_reset/%s", [b.s.For])} if some b in unreset

fail contains {"message": sprintf("PATH is the caller's (%s)", [b.s.For]), "at": sprintf("/secure_path/%d/Setting", [b.i]), "key": sprintf("secure_path/%s", [b.s.For])} if some b in unsecured

fail contains {"message": sprintf("%s may set any variable for %s", [b.g.User, b.g.Command]), "at": sprintf("/Grants/%d/SetEnv", [b.i]), "key": sprintf("setenv/%s/%s%s", [b.g.User, other(b.g), b.g.Command])} if {
	some b in free
	b.g.Certain == true
}

fail contains {"message": sprintf("commands are looked for in %q, which %s (%s)", [e.Entry, why(e), e.For]), "at": sprintf("/OpenPath/%d", [i]), "key": sprintf("path/%s/%s", [e.For, e.Entry])} if {
	some i, e in input.properties.OpenPath
}

why(e) := sprintf("can be changed by %s", [concat(", ", e.Writers)]) if count(e.Writers) > 0

why(e) := "is where the caller stands" if count(e.Writers) == 0

# Of several targets, all but root are named.
other(g) := "" if g.As == "root"

other(g) := sprintf("%s/", [g.As]) if g.As != "root"
