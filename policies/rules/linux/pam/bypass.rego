# METADATA
# title: A PAM stack can succeed before any real check
# description: >-
#   Every way through the stacks of the services in use is followed. One of them ends in success
#   although nobody has proved who he is, or, in a stack of the type account, although the
#   account has expired. The finding is at the entry that opens the way: it says yes by itself,
#   or its jump skips what would have said no.
# scope: package
# custom:
#   id: LINUX-PAM-001
#   severity: critical
#   objective: identity.strong_authentication
#   resource: linux.pam
#   remediation:
#     text: >-
#       Remove the entry that the finding names, or correct its control: only a module that
#       checks something may end the stack with success or jump over pam_deny.
#     cli: |
#       pam-auth-update --force        # Debian, Ubuntu: writes the common files anew
#       authselect apply-changes        # Red Hat
#   aliases:
#     catalogue: [pam.no_bypass]
#   references:
#     - https://man7.org/linux/man-pages/man5/pam.conf.5.html
#   limits: >-
#     Modules that are not part of Linux-PAM count as real checks; what a program given to
#     pam_exec or pam_script does is not followed. A service whose program has another name than
#     the service, and is not one of the usual ones, counts as not in use. Conditions on users
#     and groups (pam_succeed_if) are tried on the accounts of the host; each condition is taken
#     by itself.
package rules.linux.pam.bypass

import rego.v1

pass if count(input.properties.Bypasses) == 0

fail contains {"message": sprintf("%s lets in whoever knows nothing (%s, through %s)", [concat(", ", b.Services), b.Control, b.Module]), "at": sprintf("/Bypasses/%d", [i]), "key": b.Key} if {
	some i, b in input.properties.Bypasses
	b.Type == "auth"
}

fail contains {"message": sprintf("%s lets expired accounts in (%s, through %s)", [concat(", ", b.Services), b.Control, b.Module]), "at": sprintf("/Bypasses/%d", [i]), "key": b.Key} if {
	some i, b in input.properties.Bypasses
	b.Type == "account"
}
