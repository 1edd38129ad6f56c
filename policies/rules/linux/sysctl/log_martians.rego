# METADATA
# title: Packets with impossible addresses are not logged
# description: >-
#   Packets that cannot come from where they claim show spoofing attempts and faults of routing.
#   Unless they are logged nobody sees them.
# scope: package
# custom:
#   id: LINUX-SYSCTL-006
#   severity: low
#   objective: logging.produce
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set log_martians to 1 for all interfaces. The kernel logs where either the value for all or
#       that of the interface says so.
#     cli: |
#       printf '%s\n' 'net.ipv4.conf.all.log_martians = 1' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.martians]
#   references:
#     - https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read.
package rules.linux.sysctl.log_martians

import rego.v1

pass if {
	count([e | some e in input.properties.LogMartians; e.Setting.value == true]) == count(input.properties.LogMartians)
	count(input.properties.LogMartians) > 0
}

fail contains {"message": sprintf("impossible addresses are not logged (interface %s)", [e.Interface]), "at": sprintf("/LogMartians/%d/Setting", [i]), "key": sprintf("%s/%s", [e.Family, e.Interface])} if {
	some i, e in input.properties.LogMartians
	e.Setting.value == false
}
