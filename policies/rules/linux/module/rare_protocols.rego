# METADATA
# title: Rare network protocol modules can be loaded
# description: >-
#   Any user who opens a socket of a rare protocol makes the kernel load its code, which has been a
#   source of flaws again and again.
# scope: package
# custom:
#   id: LINUX-MOD-003
#   severity: medium
#   objective: config.hardening
#   resource: linux.module
#   remediation:
#     text: >-
#       Give the module an install line that does nothing in a file of /etc/modprobe.d whose name
#       ends in .conf and sorts before others that name it, and a blacklist line. A blacklist line
#       alone stops only what goes by alias.
#     cli: |
#       printf 'install dccp /bin/false\nblacklist dccp\n' > /etc/modprobe.d/10-dccp.conf
#       modprobe -n -v dccp
#   aliases:
#     catalogue: [mod.protocols]
#   references:
#     - https://man7.org/linux/man-pages/man5/modprobe.d.5.html
#     - https://man7.org/linux/man-pages/man8/modprobe.8.html
#   params:
#     modules: {type: strings, description: "Modules that must not be loadable, with underscores", default: [dccp, rds, sctp, tipc]}
#   limits: >-
#     Without modules of a kernel on the disk only the configuration is judged. Units, scripts and
#     hooks that load the module by its file, or past modprobe.d, count; root can always do so by hand.
package rules.linux.module.rare_protocols

import rego.v1

not_applicable contains {"reason": "the module may be loaded"} if {
	not input.properties.Name in input.params.modules
}

not_applicable contains {"reason": "no installed kernel has the module"} if {
	input.properties.Name in input.params.modules
	count(input.properties.Kernels) > 0
	count(input.properties.PresentIn) == 0
	count(input.properties.BuiltInto) == 0
}

there if count(input.properties.Kernels) == 0

there if count(input.properties.PresentIn) > 0

pass if {
	input.properties.Name in input.params.modules
	there
	count(input.properties.BuiltInto) == 0
	input.properties.Explicit.value == false
	input.properties.Automatic.value == false
}

fail contains {"message": sprintf("modprobe %s loads the module", [input.properties.Name]), "at": "/Explicit", "key": "explicit"} if {
	input.properties.Name in input.params.modules
	there
	input.properties.Explicit.value == true
}

fail contains {"message": sprintf("the kernel loads %s by itself when something asks for it", [input.properties.Name]), "at": "/Automatic", "key": "automatic"} if {
	input.properties.Name in input.params.modules
	there
	input.properties.Automatic.value == true
}

fail contains {"message": sprintf("%s is a part of kernel %s", [input.properties.Name, version]), "at": "/BuiltInto", "key": sprintf("built_in/%s", [version])} if {
	input.properties.Name in input.params.modules
	some version in input.properties.BuiltInto
}
