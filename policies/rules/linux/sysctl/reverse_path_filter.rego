# METADATA
# title: Reverse path filtering is off
# description: >-
#   Without the filter the host takes packets whose sender address cannot be where they came from:
#   forged ones.
# scope: package
# custom:
#   id: LINUX-SYSCTL-004
#   severity: medium
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set rp_filter to 1, or to 2 where packets come and go by different ways. The kernel takes
#       the greater of the value for all and that of the interface.
#     cli: |
#       printf '%s\n' 'net.ipv4.conf.all.rp_filter = 1' 'net.ipv4.conf.default.rp_filter = 1' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.rp_filter]
#   references:
#     - https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   params:
#     accepted: {type: integers, description: "Values that are good enough: 1 strict, 2 loose", default: [1, 2]}
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. Firewalls can filter
#     the same way; their rules do not count here.
package rules.linux.sysctl.reverse_path_filter

import rego.v1

pass if {
	count(input.properties.RpFilter) > 0
	count([e | some e in input.properties.RpFilter; e.Setting.value in input.params.accepted]) == count(input.properties.RpFilter)
}

fail contains {"message": sprintf("rp_filter is %d in effect (interface %s)", [e.Setting.value, e.Interface]), "at": sprintf("/RpFilter/%d/Setting", [i]), "key": e.Interface} if {
	some i, e in input.properties.RpFilter
	not e.Setting.value in input.params.accepted
}
