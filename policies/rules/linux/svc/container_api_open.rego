# METADATA
# title: Container daemon accepts network connections without TLS
# description: >-
#   The daemon's API is root's: whoever reaches it starts a container with the host's disk in it. Over
#   the network it must demand a certificate from every client.
# scope: package
# custom:
#   id: LINUX-SVC-008
#   severity: critical
#   objective: identity.strong_authentication
#   resource: linux.container_daemon
#   remediation:
#     text: >-
#       Take the TCP address from the unit's options, daemon.json and docker.socket; reach the daemon
#       over SSH. Where TCP must be, set `tlsverify` with a CA of your own.
#     cli: |
#       docker context create remote --docker host=ssh://user@host
#   aliases:
#     catalogue: [svc.docker_api]
#   references:
#     - https://docs.docker.com/engine/security/protect-access/
#   limits: >-
#     Addresses on the loopback do not count, though every local user reaches them. Rootless daemons
#     of users and Kubernetes are not looked at.
package rules.linux.svc.container_api_open

import rego.v1

not_applicable contains {"reason": "the daemon does not start"} if {
	not input.properties.Starts.value in {"at_boot", "on_demand"}
}

starts if input.properties.Starts.value in {"at_boot", "on_demand"}

open := [l | some l in input.properties.Listeners; l.remote == true; l.verified == false]

pass if {
	starts
	is_array(input.properties.Listeners)
	count(open) == 0
}

fail contains {"message": sprintf("%s takes commands from anybody at %s", [input.properties.Name, l.address]), "at": sprintf("/Listeners/%d", [i]), "key": l.address} if {
	starts
	some i, l in input.properties.Listeners
	l.remote == true
	l.verified == false
}
