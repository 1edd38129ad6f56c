# METADATA
# title: A home directory holds a trust or stored-credential file (.rhosts, .netrc)
# description: >-
#   .rhosts and .shosts, hosts.equiv and shosts.equiv let other hosts in without a password;
#   .netrc and .git-credentials keep passwords in clear text.
# scope: package
# custom:
#   id: LINUX-ACCT-014
#   severity: high
#   objective: identity.credential_lifecycle
#   resource: [linux.user, linux.accounts]
#   remediation:
#     text: >-
#       Remove the file, and change the passwords that were in it.
#   aliases:
#     catalogue: [acct.dotfiles]
#   references:
#     - https://man7.org/linux/man-pages/man5/hosts.equiv.5.html
#   limits: >-
#     Files that are empty, hold only comments, or are no regular files do nothing and are
#     not reported.
package rules.linux.accounts.trust_files

import rego.v1

pass if {
	is_array(input.properties.TrustFiles)
	count(input.properties.TrustFiles) == 0
}

words := {"hosts": "lets other hosts in without a password", "password": "keeps a password in clear text"}

fail contains {"message": sprintf("%s %s", [f.file, object.get(words, f.Kind, "is there")]), "at": sprintf("/TrustFiles/%d", [i]), "key": f.file} if {
	some i, f in input.properties.TrustFiles
}
