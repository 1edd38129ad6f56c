# METADATA
# title: Customer-managed policy grants full administration (all actions on all resources)
# description: One attachment of such a policy turns any principal into an owner of the account.
# scope: package
# custom:
#   id: AWS-IAM-019
#   severity: high
#   objective: identity.privileged_access
#   resource: AWS::IAM::ManagedPolicy
#   remediation:
#     text: Attach AdministratorAccess to a few watched roles instead, and give this policy only the actions that are needed.
#   aliases:
#     prowler: [iam_customer_attached_policy_no_administrative_privileges, iam_customer_unattached_policy_no_administrative_privileges]
#     securityhub: [IAM.1]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
#   limits: Judges what the policy grants; service control policies, permissions boundaries and resource policies are not weighed against it.
package rules.aws.iam.managed_policy_admin

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "the policy is AWS's own: the account cannot change it"} if iam.aws_managed(input.id)

bad := [s |
	some s in input.derived.statements
	s.effect == "allow"
	s.all_actions
	s.all_resources
]

pass if count(bad) == 0

fail contains {"message": "the statement allows every action on every resource", "at": s.at, "key": s.digest} if {
	some s in bad
}
