# METADATA
# title: Ordinary users can read kernel addresses or the kernel log
# description: >-
#   Addresses of the kernel, and what its log tells of them, take away what its randomisation
#   gives.
# scope: package
# custom:
#   id: LINUX-SYSCTL-010
#   severity: low
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set kernel.kptr_restrict to 1 or 2 and kernel.dmesg_restrict to 1.
#     cli: |
#       printf '%s\n' 'kernel.kptr_restrict = 2' 'kernel.dmesg_restrict = 1' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.kptr_dmesg]
#   references:
#     - https://www.kernel.org/doc/html/latest/admin-guide/sysctl/kernel.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. The journal holds
#     the kernel log too; who may read it is judged elsewhere.
package rules.linux.sysctl.kernel_addresses

import rego.v1

pass if {
	input.properties["kernel.kptr_restrict"].value >= 1
	input.properties["kernel.dmesg_restrict"].value >= 1
}

fail contains {"message": "kernel pointers are shown to everybody (kptr_restrict is 0)", "at": "/kernel.kptr_restrict", "key": "kptr"} if {
	input.properties["kernel.kptr_restrict"].value < 1
}

fail contains {"message": "everybody can read the kernel log (dmesg_restrict is 0)", "at": "/kernel.dmesg_restrict", "key": "dmesg"} if {
	input.properties["kernel.dmesg_restrict"].value < 1
}
