# METADATA
# title: A login service bypasses the common PAM stack
# description: >-
#   A service in use checks passwords by an entry of its own, outside of the files that services
#   share (common-auth, system-auth, password-auth, base-auth) and without a lock-out of its own;
#   or sshd does not ask PAM at all.
# scope: package
# custom:
#   id: LINUX-PAM-009
#   severity: medium
#   objective: identity.strong_authentication
#   resource: linux.pam
#   remediation:
#     text: >-
#       Let the service take in the shared file instead of its own entry, and keep UsePAM yes for
#       sshd.
#   aliases:
#     catalogue: [pam.services_covered]
#   references:
#     - https://man7.org/linux/man-pages/man5/pam.d.5.html
#     - https://man.openbsd.org/sshd_config#UsePAM
#   limits: >-
#     Only entries that check passwords of the host count: keys, tokens and directories beside
#     the common stack do not. Modules that are not part of Linux-PAM count as real checks; what
#     a program given to pam_exec or pam_script does is not followed. A service whose program has
#     another name than the service, and is not one of the usual ones, counts as not in use.
package rules.linux.pam.services_covered

import rego.v1

uses if is_null(input.properties.SshdUsesPam)

uses if input.properties.SshdUsesPam.value == true

pass if {
	uses
	count(input.properties.Uncovered) == 0
}

fail contains {"message": sprintf("%s checks passwords outside of the common stack (%s)", [concat(", ", u.Services), u.Module]), "at": sprintf("/Uncovered/%d", [i]), "key": u.Key} if {
	some i, u in input.properties.Uncovered
}

fail contains {"message": "sshd does not ask PAM", "at": "/SshdUsesPam", "key": "sshd"} if input.properties.SshdUsesPam.value == false
