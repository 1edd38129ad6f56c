# METADATA
# title: An ACL opens a secret file beyond its mode bits
# description: >-
#   An access control list names further users and groups. The mode shows only its mask, so a
#   secret file looks closed while others read it.
# scope: package
# custom:
#   id: LINUX-FILE-002
#   severity: high
#   objective: identity.least_privilege
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Remove the list, or the entries that are not meant.
#     cli: |
#       getfacl FILE
#       setfacl -b FILE
#   aliases:
#     catalogue: [file.acl_leak]
#   references:
#     - https://man7.org/linux/man-pages/man5/acl.5.html
#   limits: >-
#     Looked at are password files, sudo's files, private keys, keytabs and the home of root.
#     Default lists of directories are not read.
package rules.linux.file.acl_leak

import rego.v1

pass if count(input.properties.AclLeaks) == 0

fail contains {"message": sprintf("an ACL opens %s to %s", [f.File.path, concat(", ", f.Extra)]), "at": sprintf("/AclLeaks/%d/File", [i]), "key": f.File.path} if {
	some i, f in input.properties.AclLeaks
}
