# METADATA
# title: Logs are readable by everyone
# description: >-
#   Logs name people, addresses, programs and sometimes tokens: who is already on the host learns
#   from them how to get further.
# scope: package
# custom:
#   id: LINUX-FILE-010
#   severity: medium
#   objective: logging.protect
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Take reading from others, and have logrotate create new logs so.
#     cli: |
#       chmod o-r FILE
#   aliases:
#     catalogue: [file.log_perm]
#   references:
#     - https://man7.org/linux/man-pages/man7/inode.7.html
#   limits: >-
#     Looked at is /var/log; the records that last and lastlog show to everybody are left out.
#     Logs in directories that not everyone can get to are closed by these. File systems of the
#     kernel, of the network and of containers, read-only images and /run are not walked; the
#     facet LeftOut names what was left out. The first 500 names are shown.
package rules.linux.file.log_readable

import rego.v1

pass if count(input.properties.Logs) == 0

fail contains {"message": sprintf("%s is readable by everyone", [f.File.path]), "at": sprintf("/Logs/%d/File", [i]), "key": f.File.path} if {
	some i, f in input.properties.Logs
}
