# METADATA
# title: Kernel settings are configured to leave unprivileged BPF on or its JIT unhardened
# description: >-
#   Programs that ordinary users give to the kernel, and the code that it makes of them, have again
#   and again been a way to take it over.
# scope: package
# custom:
#   id: LINUX-SYSCTL-012
#   severity: medium
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set kernel.unprivileged_bpf_disabled to 1 (or 2, which root can undo) and
#       net.core.bpf_jit_harden to 1 or 2.
#     cli: |
#       printf '%s\n' 'kernel.unprivileged_bpf_disabled = 1' 'net.core.bpf_jit_harden = 2' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.bpf]
#   references:
#     - https://www.kernel.org/doc/html/latest/admin-guide/sysctl/kernel.html
#     - https://www.kernel.org/doc/html/latest/admin-guide/sysctl/net.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. Hardening is asked
#     for even where unprivileged BPF is off: filters of sockets and seccomp go through the same
#     JIT.
package rules.linux.sysctl.bpf

import rego.v1

pass if {
	input.properties["kernel.unprivileged_bpf_disabled"].value >= 1
	input.properties["net.core.bpf_jit_harden"].value >= 1
}

fail contains {"message": "every user can load BPF programs", "at": "/kernel.unprivileged_bpf_disabled", "key": "unprivileged"} if {
	input.properties["kernel.unprivileged_bpf_disabled"].value < 1
}

fail contains {"message": "code made from BPF programs is not hardened", "at": "/net.core.bpf_jit_harden", "key": "jit"} if {
	input.properties["net.core.bpf_jit_harden"].value < 1
}
