# METADATA
# title: Link or FIFO protections are off
# description: >-
#   In a directory where all may write, a planted link, FIFO or file tricks a privileged program
#   into touching what it did not mean.
# scope: package
# custom:
#   id: LINUX-SYSCTL-011
#   severity: medium
#   objective: config.hardening
#   resource: linux.sysctl
#   remediation:
#     text: >-
#       Set all four to 1 or 2. Distributions ship them in /usr/lib/sysctl.d; look for what hides
#       or overrides that file.
#     cli: |
#       printf '%s\n' 'fs.protected_hardlinks = 1' 'fs.protected_symlinks = 1' 'fs.protected_fifos = 2' 'fs.protected_regular = 2' > /etc/sysctl.d/60-hardening.conf
#       sysctl --system
#   aliases:
#     catalogue: [sysctl.protected_links]
#   references:
#     - https://www.kernel.org/doc/html/latest/admin-guide/sysctl/fs.html
#     - https://man7.org/linux/man-pages/man5/sysctl.d.5.html
#   limits: >-
#     What tuned, NetworkManager and programs started later write is not read.
package rules.linux.sysctl.protected_links

import rego.v1

pass if {
	input.properties["fs.protected_hardlinks"].value >= 1
	input.properties["fs.protected_symlinks"].value >= 1
	input.properties["fs.protected_fifos"].value >= 1
	input.properties["fs.protected_regular"].value >= 1
}

fail contains {"message": "hard links to files of others can be made", "at": "/fs.protected_hardlinks", "key": "hardlinks"} if {
	input.properties["fs.protected_hardlinks"].value < 1
}

fail contains {"message": "links of others in sticky directories are followed", "at": "/fs.protected_symlinks", "key": "symlinks"} if {
	input.properties["fs.protected_symlinks"].value < 1
}

fail contains {"message": "FIFOs of others in sticky directories are opened", "at": "/fs.protected_fifos", "key": "fifos"} if {
	input.properties["fs.protected_fifos"].value < 1
}

fail contains {"message": "files of others in sticky directories are opened for writing", "at": "/fs.protected_regular", "key": "regular"} if {
	input.properties["fs.protected_regular"].value < 1
}
