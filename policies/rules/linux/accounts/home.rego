# METADATA
# title: A home directory is missing, wrongly owned or open to others
# description: >-
#   Whoever can write in a home directory makes its owner run programs; whoever can read it
#   reads his files. A home that is missing or belongs to another can be made by another.
# scope: package
# custom:
#   id: LINUX-ACCT-013
#   severity: medium
#   objective: identity.least_privilege
#   resource: linux.user
#   remediation:
#     text: >-
#       Make the directory, give it to its user, and close it for others.
#     cli: |
#       chown NAME: /home/NAME
#       chmod go-w,o-rwx /home/NAME
#   aliases:
#     catalogue: [acct.home_perm]
#   references:
#     - https://man7.org/linux/man-pages/man8/useradd.8.html
#   limits: >-
#     The own group of a user may read. Of a root that does not run, homes on file systems
#     that fstab or the automounter mounts are not judged.
package rules.linux.accounts.home

import rego.v1

not_applicable contains {"reason": "nobody logs in with it"} if input.properties.ShellKind in {"none", "missing"}

home := input.properties.Home

present if home.State == "present"

pass if {
	present
	home.Owner == input.properties.Uid.value
	count(home.Readers) == 0
	count(home.Writers) == 0
}

fail contains {"message": sprintf("the home directory of %s is %s: %s", [input.properties.Name, home.State, home.Path]), "at": "/Home", "key": "state"} if {
	home.State != "present"
}

fail contains {"message": sprintf("%s belongs to user %d, not to %s", [home.Path, home.Owner, input.properties.Name]), "at": "/Home", "key": "owner"} if {
	present
	home.Owner != input.properties.Uid.value
}

fail contains {"message": sprintf("%s (mode %s) is open to %s", [home.Path, home.Mode, who]), "at": "/Home", "key": concat("/", ["read", who])} if {
	present
	some who in home.Readers
}

fail contains {"message": sprintf("%s (mode %s) can be changed by %s", [home.Path, home.Mode, who]), "at": "/Home", "key": concat("/", ["write", who])} if {
	present
	some who in home.Writers
}
