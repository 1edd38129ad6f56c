# What several rules about IAM ask.
package lib.iam

import rego.v1

# A policy of AWS itself: nobody in the account can change it.
aws_managed(id) if contains(id, ":iam::aws:policy/")

# A role that belongs to a service: only that service can use or edit it.
service_linked(path) if startswith(path, "/aws-service-role/")

# key(s): what tells a statement apart: its policy, where several lie in one resource, and its digest.
key(s) := s.digest if not is_string(s.policy)

key(s) := concat("/", [s.policy, s.digest]) if is_string(s.policy)

# listed(patterns, value): the list names the value, or a start of it followed by `*`.
listed(patterns, value) if value in patterns

listed(patterns, value) if {
	some pattern in patterns
	endswith(pattern, "*")
	startswith(value, trim_suffix(pattern, "*"))
}
