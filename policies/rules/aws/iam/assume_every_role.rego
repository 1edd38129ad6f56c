# METADATA
# title: sts:AssumeRole is allowed on every role
# description: Whoever can ask for any role moves through every account whose roles trust this one.
# scope: package
# custom:
#   id: AWS-IAM-028
#   severity: high
#   objective: identity.privileged_access
#   resource: [AWS::IAM::ManagedPolicy, AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Role]
#   remediation:
#     text: Name the roles that may be assumed.
#   aliases:
#     prowler: [iam_no_custom_policy_permissive_role_assumption]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_permissions-to-switch.html
#   limits: Judges what the policy grants; service control policies, permissions boundaries and resource policies are not weighed against it.
package rules.aws.iam.assume_every_role

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "the policy is AWS's own: the account cannot change it"} if iam.aws_managed(input.id)

bad := [s |
	some s in input.derived.statements
	s.effect == "allow"
	"sts:assumerole" in s.grants
	"iam:role" in s.every
]

pass if count(bad) == 0

fail contains {"message": "the statement allows sts:AssumeRole on every role", "at": s.at, "key": iam.key(s)} if {
	some s in bad
}
