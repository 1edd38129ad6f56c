# METADATA
# title: The last umask reached at login leaves new files open to others
# description: >-
#   The mask decides who may read and change what a user makes. Of all that set it, from PAM
#   to the own files of the user, the last one counts.
# scope: package
# custom:
#   id: LINUX-ACCT-017
#   severity: medium
#   objective: config.hardening
#   resource: linux.login
#   remediation:
#     text: >-
#       Set umask 027 in the last file that is read, and remove what sets another.
#     cli: |
#       printf "umask 027\n" > /etc/profile.d/zz-umask.sh
#   aliases:
#     catalogue: [acct.umask]
#   references:
#     - https://man7.org/linux/man-pages/man2/umask.2.html
#     - https://man7.org/linux/man-pages/man8/pam_umask.8.html
#   limits: >-
#     Start-up files are followed without running them: what depends on programs, terminals
#     or the session is not judged. Files of csh and fish, graphical sessions, PATH and
#     UMask= of units, and BASH_ENV are not read; variables made local in functions count as
#     the session's.
package rules.linux.accounts.umask

import rego.v1

# The digits of a mask that take away write from the group and all from others.
group_closed(mask) if substring(mask, 2, 1) in {"2", "3", "6", "7"}

closed(mask) if {
	group_closed(mask)
	substring(mask, 3, 1) == "7"
}

login := input.properties.Umask.value

nested := input.properties.NestedUmask.value

pass if {
	closed(login)
	closed(nested)
}

fail contains {"message": sprintf("%s (%s): the umask at login is %s", [input.properties.Account, input.properties.Shell, login]), "at": "/Umask", "key": "login"} if not closed(login)

fail contains {"message": sprintf("%s (%s): a shell in the session sets the umask to %s", [input.properties.Account, input.properties.Shell, nested]), "at": "/NestedUmask", "key": "nested"} if {
	closed(login)
	not closed(nested)
}
