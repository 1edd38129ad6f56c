# Tags of a resource against a list of `key=value`, or `key` for any value.
package lib.tags

import rego.v1

# marked(tags, wanted): one of the wanted tags is there. Keys and values are case-sensitive, as in AWS.
marked(tags, wanted) if {
	some want in wanted
	has(tags, want)
}

has(tags, want) if want in object.keys(tags)

has(tags, want) if {
	some key, value in tags
	concat("=", [key, value]) == want
}
