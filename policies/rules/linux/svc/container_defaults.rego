# METADATA
# title: Container daemon runs with unsafe defaults
# description: >-
#   What the daemon gives every container unless it is told otherwise: new privileges, the neighbours
#   on the bridge, every system call, images from registries that nobody verifies.
# scope: package
# custom:
#   id: LINUX-SVC-009
#   severity: medium
#   objective: config.hardening
#   resource: linux.container_daemon
#   remediation:
#     text: >-
#       Set `"no-new-privileges": true` and `"icc": false` in daemon.json; leave the seccomp profile
#       and the filter rules on; verify every registry.
#     cli: |
#       printf '{"no-new-privileges": true, "icc": false}\n' > /etc/docker/daemon.json
#       systemctl restart docker
#   aliases:
#     catalogue: [svc.docker_defaults]
#   references:
#     - https://docs.docker.com/reference/cli/dockerd/
#   limits: >-
#     Judged are the daemon's defaults, not the options of single containers. A namespace for users
#     (`userns-remap`) is not demanded, as it breaks images that share files with the host.
package rules.linux.svc.container_defaults

import rego.v1

not_applicable contains {"reason": "the daemon does not start"} if {
	not input.properties.Starts.value in {"at_boot", "on_demand"}
}

starts if input.properties.Starts.value in {"at_boot", "on_demand"}

pass if {
	starts
	count(input.properties.UnsafeDefaults) == 0
}

fail contains {"message": sprintf("%s: %s", [d.setting, d.why]), "at": sprintf("/UnsafeDefaults/%d", [i]), "key": d.setting} if {
	starts
	some i, d in input.properties.UnsafeDefaults
}
