# METADATA
# title: A home directory holds a mail forwarding file (.forward)
# description: >-
#   A forwarding file sends mail of the host elsewhere, or runs a program for each message.
# scope: package
# custom:
#   id: LINUX-ACCT-015
#   severity: low
#   objective: config.hardening
#   resource: linux.user
#   remediation:
#     text: >-
#       Remove the file; let an alias of the mail system forward.
#   aliases:
#     catalogue: [acct.forward]
#   references:
#     - https://www.postfix.org/local.8.html
#   limits: >-
#     Whether a mail system that reads the file is installed is not considered.
package rules.linux.accounts.forward_files

import rego.v1

pass if {
	is_array(input.properties.Forwarding)
	count(input.properties.Forwarding) == 0
}

fail contains {"message": sprintf("%s forwards mail", [f.file]), "at": sprintf("/Forwarding/%d", [i]), "key": f.file} if {
	some i, f in input.properties.Forwarding
}
