# METADATA
# title: The host sends or accepts ICMP redirects
# description: >-
#   A redirect tells a host to send its packets another way. Whoever is on the same network can
#   forge one and put himself between the host and its gateway.
# scope: package
# custom:
#   id: LINUX-SYSCTL-002
#   severity: medium
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Refuse redirects for all interfaces and for the default of new ones, in IPv4 and IPv6: IPv4
#       takes them where either says so, IPv6 looks at the interface alone.
#     cli: |
#       printf '%s\n' 'net.ipv4.conf.*.accept_redirects = 0' 'net.ipv4.conf.*.send_redirects = 0' 'net.ipv6.conf.*.accept_redirects = 0' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.redirects]
#   references:
#     - https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read. Sending is judged
#     even while the host does not forward. secure_redirects does not make accepting safe and is
#     not looked at.
package rules.linux.sysctl.redirects

import rego.v1

good(list) := count([e | some e in list; e.Setting.value == false]) == count(list)

pass if {
	good(input.properties.AcceptRedirects)
	good(input.properties.SendRedirects)
	count(input.properties.AcceptRedirects) > 0
}

fail contains {"message": sprintf("%s redirects are accepted (interface %s)", [e.Family, e.Interface]), "at": sprintf("/AcceptRedirects/%d/Setting", [i]), "key": sprintf("accept/%s/%s", [e.Family, e.Interface])} if {
	some i, e in input.properties.AcceptRedirects
	e.Setting.value == true
}

fail contains {"message": sprintf("%s redirects are sent (interface %s)", [e.Family, e.Interface]), "at": sprintf("/SendRedirects/%d/Setting", [i]), "key": sprintf("send/%s/%s", [e.Family, e.Interface])} if {
	some i, e in input.properties.SendRedirects
	e.Setting.value == true
}
