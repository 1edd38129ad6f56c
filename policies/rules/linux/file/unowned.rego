# METADATA
# title: A file has an unknown owner or group
# description: >-
#   The next account that gets the number inherits the file, with all that it holds and may do.
# scope: package
# custom:
#   id: LINUX-FILE-006
#   severity: medium
#   objective: config.hardening
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Give the file to an account that exists, or remove it.
#     cli: |
#       chown root:root FILE
#   aliases:
#     catalogue: [file.unowned]
#   references:
#     - https://man7.org/linux/man-pages/man7/inode.7.html
#   limits: >-
#     Numbers of subordinate users and of units' own users count as known. Where accounts also
#     come from a directory service, numbers that no file names are not assessed. File systems of
#     the kernel, of the network and of containers, read-only images and /run are not walked; the
#     facet LeftOut names what was left out. The first 500 names are shown.
package rules.linux.file.unowned

import rego.v1

pass if count(input.properties.Unowned) == 0

fail contains {"message": sprintf("%s belongs to %s, which nobody is", [f.File.path, concat(" and ", f.Missing)]), "at": sprintf("/Unowned/%d/File", [i]), "key": f.File.path} if {
	some i, f in input.properties.Unowned
}
