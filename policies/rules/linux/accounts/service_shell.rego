# METADATA
# title: A service account can log in
# description: >-
#   Service accounts need no shell. One gives whoever takes over the service a foothold.
# scope: package
# custom:
#   id: LINUX-ACCT-005
#   severity: medium
#   objective: identity.least_privilege
#   resource: linux.user
#   remediation:
#     text: >-
#       Give the account a shell that ends at once.
#     cli: |
#       usermod -s /usr/sbin/nologin NAME
#   aliases:
#     catalogue: [acct.system_shell]
#   references:
#     - https://man7.org/linux/man-pages/man8/nologin.8.html
#   limits: >-
#     Service accounts are those below UID_MIN of login.defs (values outside 500 to 60000
#     count as the nearest of these), and nobody. A program that ends at once is told by its
#     name in a system directory, unless it is a shell of /etc/shells by file or size.
package rules.linux.accounts.service_shell

import rego.v1

not_applicable contains {"reason": "no service account"} if input.properties.Role in {"root", "person"}

pass if input.properties.ShellKind in {"none", "missing"}

fail contains {"message": sprintf("service account %s has the shell %s", [input.properties.Name, shell]), "at": "/LoginShell", "key": input.properties.Name} if {
	input.properties.ShellKind == "login"
}

shell := input.properties.LoginShell.value if input.properties.LoginShell.value != ""

# Nothing stands for the standard shell.
shell := "/bin/sh" if input.properties.LoginShell.value == ""
