# METADATA
# title: Neither secure boot nor kernel lockdown is active
# description: >-
#   Without either, root can put code of his own into the kernel, where nothing finds it, and it
#   can survive restarts.
# scope: package
# custom:
#   id: LINUX-KERNEL-002
#   severity: medium
#   objective: config.hardening
#   resource: linux.kernel
#   remediation:
#     text: >-
#       Turn secure boot on in the firmware, or give every boot entry lockdown=integrity.
#   aliases:
#     catalogue: [kernel.lockdown]
#   references:
#     - https://man7.org/linux/man-pages/man7/kernel_lockdown.7.html
#     - https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
#   limits: >-
#     On a disk that is not running only lockdown by boot options or by the kernel's build is seen;
#     what the firmware does is not, and the rule is then not assessed.
package rules.linux.kernel.unsigned_code

import rego.v1

pass if input.properties.UnsignedCodeRefused.value == true

fail contains {"message": "neither secure boot nor lockdown is active", "at": "/UnsignedCodeRefused"} if {
	input.properties.UnsignedCodeRefused.value == false
}
