# METADATA
# title: A primary group of a user does not exist
# description: >-
#   Files of the user carry a group id that nobody has. The next group that takes the id gets
#   them.
# scope: package
# custom:
#   id: LINUX-ACCT-019
#   severity: low
#   objective: config.hardening
#   resource: linux.user
#   remediation:
#     text: >-
#       Make the group, or give the user another.
#     cli: |
#       groupadd -g GID NAME
#   aliases:
#     catalogue: [acct.groups_resolve]
#   references:
#     - https://man7.org/linux/man-pages/man8/pwck.8.html
#   limits: >-
#     Where groups are also looked up in a directory, a group that is not in the files is not
#     judged.
package rules.linux.accounts.primary_group

import rego.v1

pass if is_string(input.properties.PrimaryGroup.value)

fail contains {"message": sprintf("%s has the group id %d, which no group has", [input.properties.Name, input.properties.Gid.value]), "at": "/Gid", "key": input.properties.Name} if {
	is_null(input.properties.PrimaryGroup.value)
}
