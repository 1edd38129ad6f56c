# METADATA
# title: A program run by a unit, timer or cron is writable by others
# description: >-
#   Whoever can change or replace the program, the script, the unit's own files or its environment
#   file runs code with the service's rights at its next start. A directory above the file counts,
#   and so do access control lists.
# scope: package
# custom:
#   id: LINUX-SVC-005
#   severity: critical
#   objective: identity.privileged_access
#   resource: [linux.unit, linux.cron_job, linux.hook]
#   remediation:
#     text: >-
#       Give the file and every directory above it to root, and take the write permission from group
#       and others; or run the service as the user that owns its program.
#     cli: |
#       chown root:root /path/to/program
#       chmod go-w /path/to/program
#   aliases:
#     catalogue: [svc.writable_exec]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html
#   limits: >-
#     Looked at: programs, the script that an interpreter is given, the unit's files, environment
#     files, what the commands of crontabs name, and hooks: files that root's programs take in at
#     sign-in, at rotation of logs, when packages, interfaces or devices change, and what the kernel
#     starts. What a script itself calls, and libraries, are not. The user of a unit or a job may own what it runs.
package rules.linux.svc.writable_program

import rego.v1

not_applicable contains {"reason": "the unit does not start"} if {
	input.type == "linux.unit"
	not input.properties.Starts.value in {"at_boot", "on_demand"}
}

starts if input.properties.Starts.value in {"at_boot", "on_demand"}

starts if input.type in {"linux.cron_job", "linux.hook"}

open := [p | some p in input.properties.Programs; count(p.writers) > 0]

pass if {
	starts
	is_array(input.properties.Programs)
	count(open) == 0
}

fail contains {"message": sprintf("%s can be changed by %s", [p.path, concat(", ", p.writers)]), "at": sprintf("/Programs/%d", [i]), "key": p.path} if {
	starts
	some i, p in input.properties.Programs
	count(p.writers) > 0
}
