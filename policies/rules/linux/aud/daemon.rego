# METADATA
# title: Audit daemon does not start
# description: >-
#   Security events of the kernel are not recorded: no daemon takes them, or the one that is there is
#   masked, disabled, kept back by a condition, replaced, or refuses its own configuration.
# scope: package
# custom:
#   id: LINUX-AUD-001
#   severity: high
#   objective: logging.produce
#   resource: linux.audit
#   remediation:
#     text: >-
#       Install auditd, enable its service, and remove what keeps it from starting: the finding names
#       the file.
#     cli: |
#       apt-get install auditd   # or: dnf install audit
#       systemctl unmask auditd.service && systemctl enable --now auditd.service
#   aliases:
#     catalogue: [aud.running]
#   references:
#     - https://man7.org/linux/man-pages/man8/auditd.8.html
#     - https://man7.org/linux/man-pages/man5/auditd.conf.5.html
#   limits: >-
#     Recorders other than auditd (of endpoint agents, for example) are not taken for it. Whether the
#     directory of the log is there and writable when it starts is not looked at.
package rules.linux.aud.daemon

import rego.v1

pass if {
	input.properties.Installed == true
	input.properties.Starts.value == true
}

fail contains {"message": "no audit daemon is installed", "at": "/Installed", "key": "not installed"} if {
	input.properties.Installed == false
}

why := input.properties.WhyNot if is_string(input.properties.WhyNot)

why := "it does not start" if input.properties.WhyNot == null

fail contains {"message": sprintf("the audit daemon does not start: %s", [why]), "at": "/Starts", "key": "does not start"} if {
	input.properties.Installed == true
	input.properties.Starts.value == false
}
