# METADATA
# title: A listening socket has no declared owner
# description: >-
#   Every open port needs somebody who answers for it. What is not declared is a leftover, a mistake or
#   a back door.
# scope: package
# custom:
#   id: LINUX-SVC-007
#   severity: medium
#   objective: network.no_untrusted_exposure
#   resource: linux.socket
#   remediation:
#     text: >-
#       Find the program behind the port; stop and disable it, bind it to the loopback, or declare it
#       in `declared_listeners`.
#     cli: |
#       ss -lntup
#   aliases:
#     catalogue: [svc.listeners]
#   references:
#     - https://man7.org/linux/man-pages/man8/ss.8.html
#   params:
#     declared_listeners:
#       type: strings
#       description: >-
#         Ports that somebody answers for: `tcp/22`, `udp/123`, or with the program (`tcp/22/sshd`).
#   limits: >-
#     Only a running host tells what listens; of a disk the rule is not assessed. Sockets on the
#     loopback, raw sockets and those of other network namespaces are not judged.
package rules.linux.svc.listener_undeclared

import rego.v1

not_applicable contains {"reason": "only this host reaches the socket"} if input.properties.Local == true

port := sprintf("%s/%d", [input.properties.Protocol, input.properties.Port])

owner := input.properties.Program if is_string(input.properties.Program)

owner := "the kernel" if input.properties.Program == null

declared if port in input.params.declared_listeners

declared if concat("/", [port, owner]) in input.params.declared_listeners

pass if {
	input.properties.Local == false
	declared
}

fail contains {"message": sprintf("%s listens on %s", [owner, port]), "at": "/Port", "key": port} if {
	input.properties.Local == false
	not declared
}
