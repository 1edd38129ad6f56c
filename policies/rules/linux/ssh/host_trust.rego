# METADATA
# title: SSH trusts hosts or rhosts files instead of authenticating the user
# description: >-
#   One compromised or spoofed peer opens accounts without any secret of the user's. Files of
#   users that name trusted hosts count as well: they take effect the moment host-based
#   authentication is on.
# scope: package
# custom:
#   id: LINUX-SSH-007
#   severity: high
#   objective: identity.strong_authentication
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set HostbasedAuthentication no and IgnoreRhosts yes, and take other values out of
#       Match blocks.
#     cli: |
#       printf 'HostbasedAuthentication no\nIgnoreRhosts yes\n' > /etc/ssh/sshd_config.d/00-hosts.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.ignore_rhosts]
#   references:
#     - https://man.openbsd.org/sshd_config#HostbasedAuthentication
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples.
package rules.linux.ssh.host_trust

import rego.v1

based := [{"at": sprintf("/HostbasedAuthentication/%d", [i]), "what": "hosts are trusted to vouch for users", "key": concat(" ", ["HostbasedAuthentication", s.Context])} |
	some i, s in input.properties.HostbasedAuthentication
	s.value == "yes"
]

files := [{"at": sprintf("/IgnoreRhosts/%d", [i]), "what": "rhosts and shosts files of users are read", "key": concat(" ", ["IgnoreRhosts", s.Context])} |
	some i, s in input.properties.IgnoreRhosts
	s.value == "no"
]

pass if {
	count(input.properties.HostbasedAuthentication) > 0
	count(input.properties.IgnoreRhosts) > 0
	count(based) == 0
	count(files) == 0
}

fail contains {"message": w.what, "at": w.at, "key": w.key} if {
	some w in array.concat(based, files)
}
