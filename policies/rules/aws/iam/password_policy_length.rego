# METADATA
# title: Password policy allows passwords shorter than 14 characters
# description: Short passwords can be guessed, or computed from a stolen hash.
# scope: package
# custom:
#   id: AWS-IAM-006
#   severity: medium
#   objective: identity.password_policy
#   resource: Assay::AWS::Account
#   remediation:
#     text: Set a password policy of at least 14 characters.
#     terraform: |
#       resource "aws_iam_account_password_policy" "this" {
#         minimum_password_length        = 14
#         require_lowercase_characters   = true
#         require_uppercase_characters   = true
#         require_numbers                = true
#         require_symbols                = true
#         password_reuse_prevention      = 24
#         allow_users_to_change_password = true
#       }
#     cli: "aws iam update-account-password-policy --minimum-password-length 14 --require-symbols --require-numbers --require-uppercase-characters --require-lowercase-characters --allow-users-to-change-password --password-reuse-prevention 24  # sets the whole policy: what is left out goes back to its default"
#   aliases:
#     prowler: [iam_password_policy_minimum_length_14]
#     trivy: [AVD-AWS-0063]
#     securityhub: [IAM.15]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html
#   params:
#     minimum:
#       type: integer
#       description: characters that a password must have at least
#       default: 14
#   limits: Passwords that were set before the policy are not measured.
package rules.aws.iam.password_policy_length

import rego.v1

pass if input.properties.PasswordPolicy.MinimumPasswordLength >= input.params.minimum

fail contains {"message": sprintf("passwords may be %d characters short", [input.properties.PasswordPolicy.MinimumPasswordLength]), "at": "/PasswordPolicy/MinimumPasswordLength"} if {
	input.properties.PasswordPolicy.MinimumPasswordLength < input.params.minimum
}

fail contains {"message": "no password policy is set: AWS then asks for 8 characters", "at": "/PasswordPolicy"} if {
	input.properties.PasswordPolicy == null
}
