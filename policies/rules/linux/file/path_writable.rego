# METADATA
# title: Something in a privileged search path is writable by others
# description: >-
#   Root runs what it finds first on its search path. Who can put or change a program there, or
#   make a directory that the path names and that does not exist, has root run his own program.
# scope: package
# custom:
#   id: LINUX-FILE-008
#   severity: critical
#   objective: identity.privileged_access
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Take writing of the directories and programs from others, and name only absolute
#       directories of root's in the path.
#     cli: |
#       chown root:root DIRECTORY && chmod go-w DIRECTORY
#   aliases:
#     catalogue: [file.path_writable]
#   references:
#     - https://man7.org/linux/man-pages/man7/inode.7.html
#   limits: >-
#     Read are login.defs, environment, profile, crontabs, sudo's secure_path and root's own
#     shell files; values that other variables make up are not followed. Groups without members
#     count as nobody.
package rules.linux.file.path_writable

import rego.v1

closed(d) if {
	d.Problem == null
	count(d.Writers) == 0
	count(d.Programs) == 0
}

place(i, d) := sprintf("/SearchPath/%d", [i]) if d.Directory != ""

pass if {
	count(input.properties.SearchPath) > 0
	count([d | some d in input.properties.SearchPath; closed(d)]) == count(input.properties.SearchPath)
}

fail contains {"message": sprintf("root's search path has `%s`, which depends on where root stands", [d.Directory]), "at": place(i, d), "key": d.Directory} if {
	some i, d in input.properties.SearchPath
	d.Problem == "relative"
}

fail contains {"message": sprintf("%s is on root's search path and can be changed by %s", [d.Directory, concat(", ", d.Writers)]), "at": place(i, d), "key": d.Directory} if {
	some i, d in input.properties.SearchPath
	count(d.Writers) > 0
}

fail contains {"message": sprintf("%s is on root's search path and can be changed by %s", [p.Path, concat(", ", p.Writers)]), "at": sprintf("/SearchPath/%d/Programs/%d", [i, n]), "key": p.Path} if {
	some i, d in input.properties.SearchPath
	some n, p in d.Programs
	count(p.Writers) > 0
}
