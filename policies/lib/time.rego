# Days between two moments.
package lib.time

import rego.v1

day := 86400000000000

# days(from, to): whole days from one RFC 3339 time to a later one; negative if it is earlier.
days(from, to) := floor((time.parse_rfc3339_ns(to) - time.parse_rfc3339_ns(from)) / day)
