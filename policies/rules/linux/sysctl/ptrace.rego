# METADATA
# title: A process can trace foreign processes without restriction
# description: >-
#   A process that may trace others of the same user reads their memory: keys, passwords, tokens.
# scope: package
# custom:
#   id: LINUX-SYSCTL-009
#   severity: medium
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set kernel.yama.ptrace_scope to 1 or more, and keep yama in the list of security modules
#       (lsm=) of the boot entries.
#     cli: |
#       printf '%s\n' 'kernel.yama.ptrace_scope = 1' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.ptrace]
#   references:
#     - https://www.kernel.org/doc/html/latest/admin-guide/LSM/Yama.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. The SELinux boolean
#     deny_ptrace restricts the same and is not looked at.
package rules.linux.sysctl.ptrace

import rego.v1

pass if input.properties["kernel.yama.ptrace_scope"].value >= 1

fail contains {"message": "a process can trace every other process of its user", "at": "/kernel.yama.ptrace_scope"} if {
	input.properties["kernel.yama.ptrace_scope"].value < 1
}
