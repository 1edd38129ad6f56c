# METADATA
# title: Console-enabled IAM user has no MFA
# description: A password alone falls to phishing and to lists of leaked passwords.
# scope: package
# custom:
#   id: AWS-IAM-010
#   severity: high
#   objective: identity.strong_authentication
#   resource: AWS::IAM::User
#   remediation:
#     text: Let the user register a passkey or an authenticator, and deny everything else until that is done; or remove the password.
#     cli: "aws iam delete-login-profile --user-name USER  # where nobody needs the console"
#   aliases:
#     prowler: [iam_user_mfa_enabled_console_access]
#     trivy: [AVD-AWS-0145]
#     securityhub: [IAM.5]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
#   limits: The credential report is up to four hours old.
package rules.aws.iam.user_console_mfa

import rego.v1

not_applicable contains {"reason": "the user has no password"} if {
	input.properties.CredentialReport.password_enabled == false
}

pass if input.properties.CredentialReport.mfa_active == true

fail contains {"message": "the user signs in to the console without MFA", "at": "/CredentialReport/mfa_active"} if {
	input.properties.CredentialReport.mfa_active == false
}
