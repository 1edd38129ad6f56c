# METADATA
# title: Administrator IAM user lacks a phishing-resistant MFA factor
# description: Codes of an authenticator app or of a token can be relayed by a phishing page. An administrator needs a factor that only answers the true site.
# scope: package
# custom:
#   id: AWS-IAM-011
#   severity: medium
#   objective: identity.strong_authentication
#   resource: AWS::IAM::User
#   remediation:
#     text: Register a passkey or a FIDO2 security key for the user and remove its other devices.
#   aliases:
#     prowler: [iam_user_hardware_mfa_enabled]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_fido.html
#   limits: An app beside a security key still lets the user be phished; only that a strong factor exists is judged. Administrators are found from identity policies; service control policies are not read.
package rules.aws.iam.admin_phishing_resistant_mfa

import rego.v1

not_applicable contains {"reason": "the user is no administrator"} if input.derived.admin.admin == false

not_applicable contains {"reason": "the user has no password"} if {
	input.properties.CredentialReport.password_enabled == false
}

strong := [d | some d in input.properties.MFADevices; d.Kind == "fido"]

pass if count(strong) > 0

fail contains {"message": "no passkey or security key is registered", "at": "/MFADevices"} if {
	is_array(input.properties.MFADevices)
	count(strong) == 0
}
