# METADATA
# title: Role trust policy accepts any AWS principal
# description: Anyone with an AWS account could assume the role.
# scope: package
# custom:
#   id: AWS-IAM-033
#   severity: critical
#   objective: identity.external_trust
#   resource: AWS::IAM::Role
#   remediation:
#     text: Name the accounts or roles that may assume the role, or the organisation.
#     cli: aws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
#   limits: >-
#     A fixed external id counts as a limit, although AWS does not treat it as a secret. For a web
#     identity, a fixed claim of one issuer (its audience, a subject) counts as a limit; whether it
#     fixes one owner at a shared CI provider is judged by AWS-IAM-037.
package rules.aws.iam.trust_anyone

import rego.v1

bad := [s |
	some s in input.derived.trust
	lets_in(s)
]

lets_in(s) if {
	s.public
	"sts:assumerole" in s.grants
}

# Everyone has a login somewhere: Google's, for one, needs no provider of the account.
lets_in(s) if {
	s.effect == "allow"
	"sts:assumerolewithwebidentity" in s.grants
	any_issuer(s)
	not claimed(s)
}

any_issuer(s) if s.public

any_issuer(s) if {
	is_object(s.principals)
	"*" in s.principals.federated
	count(s.narrowed_by) == 0
}

# A claim of an issuer (`accounts.google.com:aud`) that must be there, with fixed values: tokens of
# other issuers do not carry it.
claimed(s) if {
	some c in s.conditions
	regex.match(`^[^:]+\.[^:]+:[^:]+$`, c.key)
	c.operator in {"stringequals", "stringequalsignorecase", "stringlike"}
	c.if_exists == false
	c.quantifier != "forallvalues"
	every v in c.values { regex.match(`^[^*?$]`, v) }
}

pass if count(bad) == 0

fail contains {"message": "the statement lets any principal assume the role", "at": s.at, "key": s.digest} if {
	some s in bad
}
