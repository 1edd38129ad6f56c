# METADATA
# title: A world-writable directory lacks the sticky bit
# description: >-
#   Without the sticky bit everybody can delete or swap the files of everybody else in the
#   directory.
# scope: package
# custom:
#   id: LINUX-FILE-005
#   severity: high
#   objective: config.hardening
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Set the sticky bit, or take writing from others.
#     cli: |
#       chmod +t DIRECTORY
#   aliases:
#     catalogue: [file.sticky]
#   references:
#     - https://man7.org/linux/man-pages/man7/inode.7.html
#   limits: >-
#     Directories that not everyone can get to are left out. File systems of the kernel, of the
#     network and of containers, read-only images and /run are not walked; the facet LeftOut
#     names what was left out. The first 500 names are shown.
package rules.linux.file.sticky

import rego.v1

pass if count(input.properties.StickyMissing) == 0

fail contains {"message": sprintf("%s is writable by everyone and lacks the sticky bit", [f.File.path]), "at": sprintf("/StickyMissing/%d/File", [i]), "key": f.File.path} if {
	some i, f in input.properties.StickyMissing
}
