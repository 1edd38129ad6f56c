# Accounts that no conditional access policy covers.
package lib.entra

import rego.v1

# uncovered(coverage, declared): the holes with accounts that nobody declared as emergency accounts.
uncovered(coverage, declared) := [hole | some hole in coverage.holes; not harmless(hole, declared)]

# Every account is named and declared. A hole without accounts is one for people from outside.
harmless(hole, declared) if {
	hole.count > 0
	hole.count == count(hole.accounts)
	count(undeclared(hole, declared)) == 0
}

# doubtful(coverage, declared): beside declared accounts there are some that could not be judged.
doubtful(coverage, declared) if {
	some hole in coverage.holes
	hole.unread > 0
	harmless(hole, declared)
}

undeclared(hole, declared) := [a.name | some a in hole.accounts; not is_declared(a, declared)]

is_declared(account, declared) if lower(account.id) in {lower(d) | some d in declared}

is_declared(account, declared) if lower(account.name) in {lower(d) | some d in declared}

# line(hole, declared): what is wrong, with the first names and how many more there are.
line(hole, _) := hole.message if hole.count == 0

line(hole, declared) := sprintf("%s: %s%s", [hole.message, concat(", ", first), more(left - count(first))]) if {
	hole.count > 0
	names := undeclared(hole, declared)
	first := array.slice(names, 0, 5)
	left := hole.count - (count(hole.accounts) - count(names))
}

more(0) := ""

more(n) := sprintf(" and %d more", [n]) if n > 0
