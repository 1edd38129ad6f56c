# METADATA
# title: Principal holds a known privilege-escalation combination of permissions
# description: Some sets of actions let a limited principal make itself, or become, a stronger one. All policies of the principal are judged together, with explicit denies and its permissions boundary.
# scope: package
# custom:
#   id: AWS-IAM-023
#   severity: high
#   objective: identity.privileged_access
#   resource: [AWS::IAM::User, AWS::IAM::Role]
#   remediation:
#     text: "Take away one action of the set, or limit its resources: own user name for keys, named roles with iam:PassedToService for iam:PassRole; a permissions boundary keeps what is created below the creator."
#     terraform: |
#       data "aws_iam_policy_document" "pass_one_role" {
#         statement {
#           actions   = ["iam:PassRole"]
#           resources = [aws_iam_role.function.arn]
#           condition {
#             test     = "StringEquals"
#             variable = "iam:PassedToService"
#             values   = ["lambda.amazonaws.com"]
#           }
#         }
#       }
#   aliases:
#     prowler: [iam_policy_allows_privilege_escalation, iam_inline_policy_allows_privilege_escalation]
#   references:
#     - https://pathfinding.cloud/
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
#   limits: Service control policies, resource policies and session policies are not read. A path over an existing resource counts where the account has an administrator role that its service may assume; the resources themselves are not read for every service. A role whose trust policy names the principal is a decision, not an escalation. Where only conditions decide that cannot be evaluated (tags), the rule is not assessed.
package rules.aws.iam.privilege_escalation

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "only its service can use a service-linked role"} if {
	iam.service_linked(input.properties.Path)
}

pass if count(input.derived.escalations) == 0

fail contains {"message": e.message, "at": "/Policies", "key": e.key} if {
	some e in input.derived.escalations
}
