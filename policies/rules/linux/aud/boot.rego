# METADATA
# title: Auditing does not start with the kernel
# description: >-
#   Without `audit=1` on the kernel's command line, processes that start before the audit daemon are
#   never audited, also later.
# scope: package
# custom:
#   id: LINUX-AUD-005
#   severity: medium
#   objective: logging.produce
#   resource: linux.audit
#   remediation:
#     text: >-
#       Add `audit=1 audit_backlog_limit=8192` to the kernel's command line in the boot loader's
#       sources, generate its configuration, and restart.
#     cli: |
#       sed -i 's/^GRUB_CMDLINE_LINUX="/&audit=1 audit_backlog_limit=8192 /' /etc/default/grub
#       update-grub   # others: grubby --update-kernel=ALL --args='audit=1 audit_backlog_limit=8192'
#   aliases:
#     catalogue: [aud.boot]
#   references:
#     - https://www.kernel.org/doc/html/latest/admin-guide/kernel-parameters.html
#   limits: >-
#     Recovery entries are left out. A host whose kernel gets its command line from elsewhere (a
#     hypervisor, the firmware) shows no boot loader on its disk.
package rules.linux.aud.boot

import rego.v1

not_applicable contains {"reason": "no boot loader is on the disk"} if input.properties.BootEntries == null

small(entry) if {
	is_number(entry.Backlog)
	entry.Backlog > 0
	entry.Backlog < 64
}

bad := [{"message": sprintf("%s: the kernel starts without audit=1", [e.Title]), "at": sprintf("/BootEntries/%d", [i]), "key": e.Title} |
	some i, e in input.properties.BootEntries
	e.Audit == false
]

few := [{"message": sprintf("%s: audit_backlog_limit=%d keeps fewer records than the kernel would by itself", [e.Title, e.Backlog]), "at": sprintf("/BootEntries/%d", [i]), "key": sprintf("%s backlog", [e.Title])} |
	some i, e in input.properties.BootEntries
	small(e)
]

pass if {
	is_array(input.properties.BootEntries)
	count(input.properties.BootEntries) > 0
	count(bad) == 0
	count(few) == 0
}

fail contains b if {
	is_array(input.properties.BootEntries)
	some b in array.concat(bad, few)
}
