# METADATA
# title: The removable storage driver can be loaded
# description: >-
#   Whoever stands before the machine can carry data away on a stick, or bring in what he likes.
# scope: package
# custom:
#   id: LINUX-MOD-002
#   severity: medium
#   objective: config.hardening
#   resource: linux.module
#   remediation:
#     text: >-
#       Give the module an install line that does nothing in a file of /etc/modprobe.d whose name
#       ends in .conf and sorts before others that name it, and a blacklist line. A blacklist line
#       alone stops only what goes by alias.
#     cli: |
#       printf 'install usb_storage /bin/false\nblacklist usb_storage\n' > /etc/modprobe.d/10-usb_storage.conf
#       modprobe -n -v usb_storage
#   aliases:
#     catalogue: [mod.usb_storage]
#   references:
#     - https://man7.org/linux/man-pages/man5/modprobe.d.5.html
#     - https://man7.org/linux/man-pages/man8/modprobe.8.html
#   params:
#     modules: {type: strings, description: "Modules that must not be loadable, with underscores", default: [usb_storage]}
#   limits: >-
#     Without modules of a kernel on the disk only the configuration is judged. Units, scripts and
#     hooks that load the module by its file, or past modprobe.d, count; root can always do so by hand. USBGuard and other controls of devices are not looked at.
package rules.linux.module.removable_storage

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
