# METADATA
# title: Inline policy grants full administration
# description: Who reviews managed policies does not see this one.
# scope: package
# custom:
#   id: AWS-IAM-020
#   severity: high
#   objective: identity.privileged_access
#   resource: [AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Role]
#   remediation:
#     text: Replace the inline policy by a managed one with only the actions that are needed.
#     cli: aws iam delete-role-policy --role-name ROLE --policy-name POLICY
#   aliases:
#     prowler: [iam_inline_policy_no_administrative_privileges]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
#   limits: Judges what the policy grants; service control policies, permissions boundaries and resource policies are not weighed against it.
package rules.aws.iam.inline_policy_admin

import rego.v1

import data.lib.iam

bad := [s |
	some s in input.derived.statements
	s.effect == "allow"
	s.all_actions
	s.all_resources
]

pass if count(bad) == 0

fail contains {"message": sprintf("inline policy %s allows every action on every resource", [s.policy]), "at": s.at, "key": iam.key(s)} if {
	some s in bad
}
