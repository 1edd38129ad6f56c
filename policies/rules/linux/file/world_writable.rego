# METADATA
# title: An ordinary file is writable by everyone
# description: >-
#   Any process of any account can change what the file says, or hide data in it.
# scope: package
# custom:
#   id: LINUX-FILE-007
#   severity: high
#   objective: identity.least_privilege
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Take writing from others.
#     cli: |
#       chmod o-w FILE
#   aliases:
#     catalogue: [file.world_writable]
#   references:
#     - https://man7.org/linux/man-pages/man7/inode.7.html
#   limits: >-
#     Files that not everyone can get to are left out. File systems of the kernel, of the network
#     and of containers, read-only images and /run are not walked; the facet LeftOut names what
#     was left out. The first 500 names are shown.
package rules.linux.file.world_writable

import rego.v1

pass if count(input.properties.WorldWritable) == 0

fail contains {"message": sprintf("%s is writable by everyone", [f.File.path]), "at": sprintf("/WorldWritable/%d/File", [i]), "key": f.File.path} if {
	some i, f in input.properties.WorldWritable
}
