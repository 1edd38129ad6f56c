# METADATA
# title: SYN flood protection is off
# description: >-
#   Without SYN cookies a flood of half-open connections fills the queue of a service, and real
#   clients get none.
# scope: package
# custom:
#   id: LINUX-SYSCTL-005
#   severity: medium
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set net.ipv4.tcp_syncookies to 1 in the file that the finding names.
#     cli: |
#       printf '%s\n' 'net.ipv4.tcp_syncookies = 1' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.syncookies]
#   references:
#     - https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read.
package rules.linux.sysctl.syn_cookies

import rego.v1

pass if input.properties["net.ipv4.tcp_syncookies"].value >= 1

fail contains {"message": "tcp_syncookies is 0", "at": "/net.ipv4.tcp_syncookies"} if {
	input.properties["net.ipv4.tcp_syncookies"].value < 1
}
