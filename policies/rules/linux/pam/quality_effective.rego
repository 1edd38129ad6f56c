# METADATA
# title: Effective password length or class limits are below the declared policy
# description: >-
#   The shortest password that is taken, after the pieces of pwquality.conf.d, pwquality.conf and
#   the words of the entry, of which the last wins, and with what credits give for free. Where
#   nothing judges, the length is that of pam_unix and no class is needed.
# scope: package
# custom:
#   id: LINUX-PAM-004
#   severity: high
#   objective: identity.password_policy
#   resource: linux.pam
#   params:
#     min_length:
#       type: integer
#       description: Fewest characters of a password
#     min_classes:
#       type: integer
#       description: Fewest kinds of characters (digits, capital and small letters, others), 0 to 4
#   remediation:
#     text: >-
#       Set minlen and minclass in the place that the finding names, or remove what overrides
#       them; set credits to 0 or below.
#   aliases:
#     catalogue: [pam.quality_effective, LNX-AUT-001]
#   references:
#     - https://man7.org/linux/man-pages/man5/pwquality.conf.5.html
#     - https://man7.org/linux/man-pages/man8/pam_pwquality.8.html
#   limits: >-
#     Dictionaries, repeats and similarity to the old password are not compared. Changes by root
#     are not counted.
package rules.linux.pam.quality_effective

import rego.v1

good := [s |
	some s in input.properties.Stores
	s.MinLength.value >= input.params.min_length
	s.MinClasses.value >= input.params.min_classes
]

pass if count(good) == count(input.properties.Stores)

fail contains {"message": sprintf("passwords of %d characters are taken, %d are declared (%s)", [s.MinLength.value, input.params.min_length, concat(", ", s.Services)]), "at": sprintf("/Stores/%d/MinLength", [i]), "key": concat("/", [s.Key, "length"])} if {
	some i, s in input.properties.Stores
	s.MinLength.value < input.params.min_length
}

fail contains {"message": sprintf("passwords of %d kinds of characters are taken, %d are declared (%s)", [s.MinClasses.value, input.params.min_classes, concat(", ", s.Services)]), "at": sprintf("/Stores/%d/MinClasses", [i]), "key": concat("/", [s.Key, "classes"])} if {
	some i, s in input.properties.Stores
	s.MinClasses.value < input.params.min_classes
}
