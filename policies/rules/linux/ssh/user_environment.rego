# METADATA
# title: Users can inject environment variables through SSH
# description: >-
#   Loader and path variables can bypass forced commands and restricted shells. Patterns that
#   take only harmless names, such as LANG and LC_*, are fine.
# scope: package
# custom:
#   id: LINUX-SSH-015
#   severity: medium
#   objective: config.hardening
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Set PermitUserEnvironment no and keep AcceptEnv to names that change no program.
#     cli: |
#       printf 'PermitUserEnvironment no\n' > /etc/ssh/sshd_config.d/00-environment.conf
#       grep -rniE '^[[:space:]]*AcceptEnv' /etc/ssh   # narrow the patterns
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.user_env]
#   references:
#     - https://man.openbsd.org/sshd_config#PermitUserEnvironment
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. Harm is judged by a list of well-known
#     variables.
package rules.linux.ssh.user_environment

import rego.v1

pass if count(input.properties.UserEnvironment) == 0

fail contains {"message": sprintf("%s %s takes variables that change what programs do (%s)", [e.Option, e.Pattern, e.Context]), "at": sprintf("/UserEnvironment/%d", [i]), "key": sprintf("%s %s %s", [e.Option, e.Pattern, e.Context])} if {
	some i, e in input.properties.UserEnvironment
}
