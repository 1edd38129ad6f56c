# METADATA
# title: An audit rule suppresses events before the wanted ones
# description: >-
#   The first rule of a list that takes an event decides. A rule with `never` in front of the wanted
#   ones, one of the task list, or an exclusion of record types makes their events vanish.
# scope: package
# custom:
#   id: LINUX-AUD-002
#   severity: high
#   objective: logging.produce
#   resource: linux.audit
#   remediation:
#     text: >-
#       Remove the rule, or narrow it to the one program, account and call that floods the record, and
#       let it stand where it hides nothing that is wanted.
#     cli: |
#       grep -nE -- '-[aA] *(never,|.*,never|.*exclude)' /etc/audit/rules.d/*.rules
#       augenrules --load
#   aliases:
#     catalogue: [aud.not_suppressed]
#   references:
#     - https://man7.org/linux/man-pages/man8/auditctl.8.html
#     - https://man7.org/linux/man-pages/man7/audit.rules.7.html
#   limits: >-
#     Events that people, root and services without a login make are held against the rules, with
#     objects and calls that the rules themselves name. Exclusions by SELinux label, process id or
#     inode, and of one program that is no shell or interpreter, are taken for narrow.
package rules.linux.aud.suppressed

import rego.v1

not_applicable contains {"reason": "no audit daemon is installed"} if input.properties.Installed == false

pass if {
	input.properties.Installed == true
	count(input.properties.Hidden) == 0
}

fail contains {"message": sprintf("%s hides %s", [h.Rule, h.Hides]), "at": sprintf("/Hidden/%d", [i]), "key": h.Rule} if {
	input.properties.Installed == true
	some i, h in input.properties.Hidden
}
