# METADATA
# title: Managed or inline policy allows decryption with every KMS key
# description: Encryption separates data only while not everyone can decrypt everything.
# scope: package
# custom:
#   id: AWS-IAM-030
#   severity: medium
#   objective: crypto.key_access
#   resource: [AWS::IAM::ManagedPolicy, AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Role]
#   remediation:
#     text: Name the keys, by ARN or by tag or alias.
#   aliases:
#     prowler: [iam_policy_no_full_access_to_kms, iam_inline_policy_no_full_access_to_kms]
#     securityhub: [KMS.1, KMS.2]
#   references:
#     - https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html
#   limits: A key whose own policy does not let IAM policies decide is safe from such a grant; key policies are not weighed here. Judges what the policy grants; service control policies, permissions boundaries and resource policies are not weighed against it.
package rules.aws.iam.decrypt_every_key

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "the policy is AWS's own: the account cannot change it"} if iam.aws_managed(input.id)

bad := [s |
	some s in input.derived.statements
	s.effect == "allow"
	decrypts(s)
	"kms:key" in s.every
	not by_tag_or_alias(s)
]

decrypts(s) if "kms:decrypt" in s.grants

decrypts(s) if "kms:reencryptfrom" in s.grants

# Conditions on the key itself leave some keys only.
by_tag_or_alias(s) if {
	some c in s.conditions
	c.operator in {"stringequals", "stringequalsignorecase", "stringlike"}
	not c.if_exists
	c.quantifier != "forallvalues"
	keyed(c.key)
	every v in c.values { regex.match(`[^*?]`, v) }
}

keyed(key) if startswith(key, "aws:resourcetag/")

keyed(key) if key in {"kms:resourcealiases", "kms:requestalias"}

pass if count(bad) == 0

fail contains {"message": "the statement allows decryption with every key", "at": s.at, "key": iam.key(s)} if {
	some s in bad
}
