# METADATA
# title: Policy grants full control of audit trails to non-audit principals
# description: Whoever can stop the trails can hide what they do next. That power belongs to those who audit.
# scope: package
# custom:
#   id: AWS-IAM-029
#   severity: medium
#   objective: identity.segregation_of_duties
#   resource: [AWS::IAM::ManagedPolicy, AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Role]
#   remediation:
#     text: Leave reading (cloudtrail:Get*, Describe*, LookupEvents) and move the rest to a role of the auditors.
#   aliases:
#     prowler: [iam_policy_no_full_access_to_cloudtrail, iam_inline_policy_no_full_access_to_cloudtrail]
#   references:
#     - https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html
#   params:
#     auditors:
#       type: strings
#       description: ARNs of the policies and principals that may control the trails; a `*` at the end stands for anything
#   limits: A grant of everything (`*`) is judged by AWS-IAM-019, -020 and -021. Judges what the policy grants; service control policies, permissions boundaries and resource policies are not weighed against it.
package rules.aws.iam.audit_trail_control

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "the policy is AWS's own: the account cannot change it"} if iam.aws_managed(input.id)

bad := [s |
	some s in input.derived.statements
	s.effect == "allow"
	"cloudtrail:stoplogging" in s.grants
	"cloudtrail:deletetrail" in s.grants
	"cloudtrail:trail" in s.every
	not s.all_actions
]

not_applicable contains {"reason": "the policies do not give control of every trail"} if count(bad) == 0

pass if iam.listed(input.params.auditors, input.id)

fail contains {"message": "the statement gives control of every trail", "at": s.at, "key": iam.key(s)} if {
	not iam.listed(input.params.auditors, input.id)
	some s in bad
}
