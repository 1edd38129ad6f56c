# METADATA
# title: SSH daemon start-up options weaken its configuration file
# description: >-
#   Options of the command line win over the global part of the file, so reviewing the file
#   gives false comfort. Units with their drop-ins, environment files, and the files that
#   scripts read are followed.
# scope: package
# custom:
#   id: LINUX-SSH-006
#   severity: high
#   objective: config.hardening
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Move the setting into the configuration file, where it is reviewed, and take the
#       option out of the unit or environment file that this names.
#     cli: |
#       systemctl cat ssh.service
#       systemctl edit ssh.service   # or edit the environment file
#       systemctl daemon-reload && systemctl restart ssh
#   aliases:
#     catalogue: [ssh.cmdline_override]
#   references:
#     - https://man.openbsd.org/sshd
#   limits: >-
#     A server that something else than a unit or a start script starts is not seen.
package rules.linux.ssh.start_options

import rego.v1

pass if count([o | some o in input.properties.StartOptions; o.Weakens == true]) == 0

fail contains {"message": sprintf("the start-up option %s says %s where the file says %s", [o.Option, json.marshal(o.Value), json.marshal(o.FileValue)]), "at": sprintf("/StartOptions/%d", [i]), "key": o.Option} if {
	some i, o in input.properties.StartOptions
	o.Weakens == true
}
