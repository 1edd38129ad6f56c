# METADATA
# title: Group with users enforces no MFA condition for sensitive actions
# description: "MFA at the console does not protect what an access key can do: a policy must ask for it."
# scope: package
# custom:
#   id: AWS-IAM-042
#   severity: medium
#   objective: identity.strong_authentication
#   resource: AWS::IAM::Group
#   remediation:
#     text: Deny everything but the registration of a device while there is no MFA.
#     terraform: |
#       data "aws_iam_policy_document" "mfa" {
#         statement {
#           effect      = "Deny"
#           not_actions = ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice", "sts:GetSessionToken"]
#           resources   = ["*"]
#           condition {
#             test     = "BoolIfExists"
#             variable = "aws:MultiFactorAuthPresent"
#             values   = ["false"]
#           }
#         }
#       }
#   aliases:
#     prowler: [iam_administrator_access_with_mfa]
#     trivy: [AVD-AWS-0123]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_my-sec-creds-self-manage.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-multifactorauthpresent
#   limits: "The group's own policies are judged: a deny in a user's own policies is not seen. Sensitive are actions that change permissions, delete data, keys or trails."
package rules.aws.iam.group_without_mfa

import rego.v1

not_applicable contains {"reason": "the group has no users"} if count(input.derived.mfa.members) == 0

not_applicable contains {"reason": "the group allows no sensitive action"} if count(input.derived.mfa.sensitive) == 0

pass if count(input.derived.mfa.unprotected) == 0

fail contains {"message": sprintf("policy %s allows without MFA: %s", [u.policy, concat(", ", u.actions)]), "at": "/Policies", "key": sprintf("%s/%s", [u.policy, u.key])} if {
	some u in input.derived.mfa.unprotected
}
