# METADATA
# title: Audit rules miss identity, privilege, time, module or mount events
# description: >-
#   Key steps of an intrusion leave no trace: changes of accounts and of sudo's policy, commands run as
#   root, a new clock, loaded modules, mounted file systems. Each step is held against the rules that
#   are in force, whatever they are written like.
# scope: package
# custom:
#   id: LINUX-AUD-004
#   severity: medium
#   objective: logging.produce
#   resource: linux.audit
#   remediation:
#     text: >-
#       Add rules for what the finding names, for both interfaces (b64 and b32) of system calls; see
#       that they are loaded and that no rule before them takes the events.
#     cli: |
#       cat > /etc/audit/rules.d/50-coverage.rules <<'EOF'
#       -w /etc/passwd -p wa -k identity
#       -w /etc/group -p wa -k identity
#       -w /etc/shadow -p wa -k identity
#       -w /etc/gshadow -p wa -k identity
#       -w /etc/sudoers -p wa -k scope
#       -w /etc/sudoers.d -p wa -k scope
#       -a always,exit -F arch=b64 -S execve -C euid!=uid -F auid!=unset -k user_emulation
#       -a always,exit -F arch=b32 -S execve -C euid!=uid -F auid!=unset -k user_emulation
#       -a always,exit -F arch=b64 -S adjtimex,settimeofday,clock_settime -k time-change
#       -a always,exit -F arch=b32 -S adjtimex,settimeofday,clock_settime -k time-change
#       -a always,exit -F arch=b64 -S init_module,finit_module,delete_module -k modules
#       -a always,exit -F arch=b32 -S init_module,finit_module,delete_module -k modules
#       -a always,exit -F arch=b64 -S mount -F auid>=1000 -F auid!=unset -k mounts
#       -a always,exit -F arch=b32 -S mount -F auid>=1000 -F auid!=unset -k mounts
#       EOF
#       augenrules --load
#   aliases:
#     catalogue: [aud.coverage]
#   references:
#     - https://man7.org/linux/man-pages/man7/audit.rules.7.html
#   limits: >-
#     The steps are those of people (the least id of people, and those that have accounts), as
#     themselves or as root after they signed in; what root does who signed in as root, and what
#     services do, is not asked for. Of programs that give root, sudo, su and doas are looked for. System calls of
#     machines other than x86 are compared by name.
package rules.linux.aud.coverage

import rego.v1

pass if {
	count(input.properties.Coverage) > 0
	count([c | some c in input.properties.Coverage; count(c.Missing) > 0]) == 0
}

fail contains {"message": sprintf("no record of %s events: %s", [c.Class, concat(", ", c.Missing)]), "at": sprintf("/Coverage/%d", [i]), "key": c.Class} if {
	some i, c in input.properties.Coverage
	count(c.Missing) > 0
}
