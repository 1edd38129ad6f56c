# METADATA
# title: Customer-managed policy grants all actions of a service
# description: A wildcard over a service takes in every action that AWS adds to it later, deletion and permission management included.
# scope: package
# custom:
#   id: AWS-IAM-022
#   severity: medium
#   objective: identity.least_privilege
#   resource: AWS::IAM::ManagedPolicy
#   remediation:
#     text: Name the actions that are used; Access Analyzer proposes them from CloudTrail.
#   aliases:
#     securityhub: [IAM.21]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions_create-policies.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-policy-generation.html
#   limits: A grant of everything (`*`) is judged by AWS-IAM-019, NotAction by another rule. Judges what the policy grants; service control policies, permissions boundaries and resource policies are not weighed against it.
package rules.aws.iam.managed_policy_service_wildcard

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "the policy is AWS's own: the account cannot change it"} if iam.aws_managed(input.id)

bad := [{"at": s.at, "key": sprintf("%s/%s", [s.digest, service]), "service": service} |
	some s in input.derived.statements
	s.effect == "allow"
	some service in s.services
]

pass if count(bad) == 0

fail contains {"message": sprintf("the statement allows every action of %s", [b.service]), "at": b.at, "key": b.key} if {
	some b in bad
}
