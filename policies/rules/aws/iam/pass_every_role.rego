# METADATA
# title: iam:PassRole is allowed on every role
# description: Whoever can pass any role to a service can act as the strongest one.
# scope: package
# custom:
#   id: AWS-IAM-027
#   severity: high
#   objective: identity.privileged_access
#   resource: [AWS::IAM::ManagedPolicy, AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Role]
#   remediation:
#     text: Name the roles, and the services that get them.
#     terraform: |
#       data "aws_iam_policy_document" "pass" {
#         statement {
#           actions   = ["iam:PassRole"]
#           resources = ["arn:aws:iam::123456789012:role/app"]
#           condition {
#             test     = "StringEquals"
#             variable = "iam:PassedToService"
#             values   = ["lambda.amazonaws.com"]
#           }
#         }
#       }
#   aliases:
#     trivy: [AVD-AWS-0342]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
#   limits: Judges what the policy grants; service control policies, permissions boundaries and resource policies are not weighed against it. iam:PassedToService with fixed services counts as a limit.
package rules.aws.iam.pass_every_role

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "the policy is AWS's own: the account cannot change it"} if iam.aws_managed(input.id)

bad := [s |
	some s in input.derived.statements
	s.effect == "allow"
	"iam:passrole" in s.grants
	"iam:role" in s.every
	not for_named_services(s)
]

# iam:PassedToService with fixed names leaves only those services.
for_named_services(s) if {
	some c in s.conditions
	c.key == "iam:passedtoservice"
	c.operator in {"stringequals", "stringequalsignorecase", "stringlike"}
	c.if_exists == false
	c.quantifier != "forallvalues"
	every v in c.values { regex.match(`^[^*?$]+$`, v) }
}

pass if count(bad) == 0

fail contains {"message": "the statement allows iam:PassRole on every role", "at": s.at, "key": iam.key(s)} if {
	some s in bad
}
