# METADATA
# title: Address randomisation is reduced by the last file that counts
# description: >-
#   Where stack, heap and libraries lie at addresses that can be foreseen, flaws of memory become
#   reliable exploits.
# scope: package
# custom:
#   id: LINUX-SYSCTL-008
#   severity: high
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Remove the line that the finding names, or set kernel.randomize_va_space to 2 in a file
#       that comes later.
#     cli: |
#       printf '%s\n' 'kernel.randomize_va_space = 2' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.aslr]
#   references:
#     - https://www.kernel.org/doc/html/latest/admin-guide/sysctl/kernel.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. Single programs can
#     be started without randomisation (setarch -R); that is not looked for.
package rules.linux.sysctl.address_randomisation

import rego.v1

pass if input.properties["kernel.randomize_va_space"].value >= 2

fail contains {"message": sprintf("kernel.randomize_va_space is %d", [input.properties["kernel.randomize_va_space"].value]), "at": "/kernel.randomize_va_space"} if {
	input.properties["kernel.randomize_va_space"].value < 2
}
