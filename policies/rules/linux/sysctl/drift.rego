# METADATA
# title: Running kernel settings differ from the configured ones
# description: >-
#   Somebody changed the value after the start, a later program did, or the file never took effect.
#   What was reviewed is not what is in force.
# scope: package
# custom:
#   id: LINUX-SYSCTL-013
#   severity: medium
#   objective: config.change_control
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Find out who changed the value. Apply the files again, or put the wanted value in a file.
#     cli: |
#       sysctl --system
#       systemctl restart systemd-sysctl.service
#   aliases:
#     catalogue: [sysctl.drift]
#   references:
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#     - https://man7.org/linux/man-pages/man8/sysctl.8.html
#   limits: >-
#     Only on a running host. Keys that are set by pattern, and keys that the running kernel lacks,
#     are not compared.
package rules.linux.sysctl.drift

import rego.v1

pass if count(input.properties.Drift) == 0

fail contains {"message": sprintf("%s is %s, configured is %s", [d.Key, d.Running, d.Configured.value]), "at": sprintf("/Drift/%d/Configured", [i]), "key": d.Key} if {
	some i, d in input.properties.Drift
}
