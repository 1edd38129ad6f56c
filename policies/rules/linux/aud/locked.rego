# METADATA
# title: Audit rules are not locked by the last control line
# description: >-
#   Unless `-e 2` is the last word that the kernel takes, an intruder with root switches the recording
#   off first. The line does nothing where a later `-e` replaces it, where an error ends the loading
#   before it, or where nothing loads the file.
# scope: package
# custom:
#   id: LINUX-AUD-003
#   severity: medium
#   objective: logging.protect
#   resource: linux.audit
#   remediation:
#     text: >-
#       Put `-e 2` into the last file of /etc/audit/rules.d, remove other `-e` lines, correct the lines
#       that are refused, load the rules and restart.
#     cli: |
#       echo '-e 2' > /etc/audit/rules.d/99-finalize.rules
#       augenrules --check; augenrules --load
#   aliases:
#     catalogue: [aud.immutable]
#   references:
#     - https://man7.org/linux/man-pages/man8/auditctl.8.html
#     - https://man7.org/linux/man-pages/man8/augenrules.8.html
#   limits: >-
#     Whether a watched path is there is judged by this file system; what is mounted later is taken
#     for there where it lies on a mount point or below /run, /tmp, /dev, /proc, /sys, /mnt or /media.
package rules.linux.aud.locked

import rego.v1

not_applicable contains {"reason": "no audit daemon is installed"} if input.properties.Installed == false

pass if {
	input.properties.Installed == true
	input.properties.Locked.value == true
}

fail contains {"message": sprintf("the audit rules can be changed while the host runs: %s", [input.properties.NotLocked]), "at": "/Locked"} if {
	input.properties.Installed == true
	input.properties.Locked.value == false
	is_string(input.properties.NotLocked)
}

fail contains {"message": "the audit rules can be changed while the host runs", "at": "/Locked"} if {
	input.properties.Installed == true
	input.properties.Locked.value == false
	input.properties.NotLocked == null
}
