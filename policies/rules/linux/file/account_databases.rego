# METADATA
# title: An account database has unsafe owner, mode or ACL
# description: >-
#   Who can read the password hashes can try passwords at leisure; who can write the account
#   files, or replace them through a directory above, makes himself root.
# scope: package
# custom:
#   id: LINUX-FILE-001
#   severity: critical
#   objective: identity.privileged_access
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Give the files to root, take writing from everybody else, and reading of shadow and
#       gshadow from all but root and the group shadow.
#     cli: |
#       chown root:root /etc/passwd /etc/group && chmod u=rw,go=r /etc/passwd /etc/group
#       chown root:shadow /etc/shadow /etc/gshadow && chmod u=rw,g=r,o= /etc/shadow /etc/gshadow
#       setfacl -b /etc/passwd /etc/group /etc/shadow /etc/gshadow
#   aliases:
#     catalogue: [file.account_db]
#   references:
#     - https://man7.org/linux/man-pages/man5/shadow.5.html
#     - https://man7.org/linux/man-pages/man5/acl.5.html
#   limits: >-
#     Groups without members count as nobody, unless accounts also come from a directory service.
#     Backup copies elsewhere than in /etc are not known.
package rules.linux.file.account_databases

import rego.v1

open_files := [f | some f in input.properties.AccountFiles; count(f.Readers) + count(f.Writers) > 0]

pass if {
	count(input.properties.AccountFiles) > 0
	count(open_files) == 0
}

fail contains {"message": sprintf("%s can be changed by %s", [f.Name, concat(", ", f.Writers)]), "at": sprintf("/AccountFiles/%d/File", [i]), "key": sprintf("write %s", [f.Name])} if {
	some i, f in input.properties.AccountFiles
	count(f.Writers) > 0
}

fail contains {"message": sprintf("%s holds password hashes and can be read by %s", [f.Name, concat(", ", f.Readers)]), "at": sprintf("/AccountFiles/%d/File", [i]), "key": sprintf("read %s", [f.Name])} if {
	some i, f in input.properties.AccountFiles
	count(f.Readers) > 0
}
