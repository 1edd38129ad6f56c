# METADATA
# title: Non-admin principal can reach administrator through a multi-hop role chain
# description: Each hop looks harmless by itself; together they end at an administrator.
# scope: package
# custom:
#   id: AWS-IAM-025
#   severity: high
#   objective: identity.privileged_access
#   resource: [AWS::IAM::User, AWS::IAM::Role]
#   remediation:
#     text: Let the last role trust only the principals that shall administer, by their ARNs, and with MFA; take sts:AssumeRole on it from the others.
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html
#   limits: Only chains of role assumption inside one account. One hop is judged by AWS-IAM-023. Service control policies, resource policies and session policies are not read.
package rules.aws.iam.admin_role_chain

import rego.v1

hops := input.derived.admin_chain.hops

pass if count(hops) < 2

fail contains {"message": sprintf("reaches an administrator in %d hops: %s", [count(hops), concat(" then ", hops)]), "at": "/Policies"} if {
	count(hops) >= 2
}
