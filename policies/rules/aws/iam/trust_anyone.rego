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
#   limits: A fixed external id counts as a limit, although AWS does not treat it as a secret.
package rules.aws.iam.trust_anyone

import rego.v1

bad := [s |
	some s in input.derived.trust
	s.public
	lets_in(s)
]

lets_in(s) if "sts:assumerole" in s.grants

# Everyone has a login somewhere: Google's, for one, needs no provider of the account.
lets_in(s) if {
	"sts:assumerolewithwebidentity" in s.grants
	count(s.conditions) == 0
}

pass if count(bad) == 0

fail contains {"message": "the statement lets any AWS principal assume the role", "at": s.at, "key": s.digest} if {
	some s in bad
}
