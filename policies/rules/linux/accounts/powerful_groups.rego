# METADATA
# title: A group equal to root has an undeclared member (disk, shadow, docker, lxd, sudo)
# description: >-
#   Members of some groups can become root without sudo: by raw disks, by containers that run
#   as root, by password hashes.
# scope: package
# custom:
#   id: LINUX-ACCT-007
#   severity: high
#   objective: identity.privileged_access
#   resource: linux.group
#   params:
#     declared:
#       type: strings
#       description: Members that are meant to be there, as group:user, or a whole group
#       default: [sudo, wheel, admin]
#   remediation:
#     text: >-
#       Take the member out of the group, or declare it with the parameter.
#     cli: |
#       gpasswd -d USER GROUP
#   aliases:
#     catalogue: [acct.root_equivalent_groups]
#   references:
#     - https://man7.org/linux/man-pages/man5/group.5.html
#     - https://docs.docker.com/engine/security/#docker-daemon-attack-surface
#   limits: >-
#     By default members of sudo, wheel and admin count as named administrators: declare them
#     one by one to find others. Groups that get the power elsewhere (sudoers, polkit, file
#     access) are not seen here.
package rules.linux.accounts.powerful_groups

import rego.v1

not_applicable contains {"reason": "its members are nothing special"} if is_null(input.properties.Power)

power := input.properties.Power

undeclared := [i |
	some i, m in input.properties.Members
	not power.Group in input.params.declared
	not input.properties.Name in input.params.declared
	not sprintf("%s:%s", [input.properties.Name, m.Name]) in input.params.declared
]

pass if {
	is_object(power)
	is_array(input.properties.Members)
	count(undeclared) == 0
}

fail contains {"message": sprintf("%s is in group %s (%s) and %s", [m.Name, input.properties.Name, m.Via, power.Can]), "at": sprintf("/Members/%d", [i]), "key": concat("/", [input.properties.Name, m.Name, m.Via])} if {
	is_object(power)
	some i in undeclared
	m := input.properties.Members[i]
}
