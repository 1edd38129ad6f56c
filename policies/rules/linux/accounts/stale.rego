# METADATA
# title: An enabled account has not been used for a long time
# description: >-
#   An account that can log in and that nobody uses is one whose misuse nobody notices.
# scope: package
# custom:
#   id: LINUX-ACCT-012
#   severity: medium
#   objective: identity.unused_access
#   resource: linux.user
#   params:
#     days:
#       type: integer
#       description: Days without a login from which an account is dormant
#       default: 90
#   remediation:
#     text: >-
#       Ask its owner; expire the account or remove it.
#     cli: |
#       usermod --expiredate 1 NAME
#   aliases:
#     catalogue: [acct.stale]
#   references:
#     - https://man7.org/linux/man-pages/man8/lastlog.8.html
#   limits: >-
#     Logins are read from /var/log/lastlog and /var/log/wtmp; the databases of lastlog2 and
#     wtmpdb are not read. Use by sudo, su or services leaves no login.
package rules.linux.accounts.stale

import rego.v1

not_applicable contains {"reason": "it cannot log in"} if input.properties.Enabled == false

not_applicable contains {"reason": "root is kept for emergencies"} if {
	input.properties.Enabled == true
	input.properties.Role == "root"
}

day := 24 * 60 * 60 * 1000000000

limit := time.parse_rfc3339_ns(input.now) - (input.params.days * day)

# Who never came in counts from the day on which his password was set.
since := time.parse_rfc3339_ns(input.properties.LastLogin) if is_string(input.properties.LastLogin)

since := input.properties.Ageing.value.LastChange * day if {
	is_null(input.properties.LastLogin)
	is_object(input.properties.Ageing)
	input.properties.Ageing.value.LastChange > 0
}

since := 0 if {
	is_null(input.properties.LastLogin)
	is_null(input.properties.Ageing)
}

since := 0 if {
	is_null(input.properties.LastLogin)
	input.properties.Ageing.value.LastChange <= 0
}

pass if since >= limit

fail contains {"message": sprintf("%s has not logged in for %d days", [input.properties.Name, input.params.days]), "at": "/Uid", "key": input.properties.Name} if {
	since < limit
}
