# METADATA
# title: Root user has no MFA device
# description: The root user can do anything and cannot be limited. Without MFA its password alone gives the whole account away.
# scope: package
# custom:
#   id: AWS-IAM-001
#   severity: critical
#   objective: identity.root_mfa
#   resource: Assay::AWS::Account
#   remediation:
#     text: Sign in as the root user and assign a passkey or a security key under Security credentials. In an organisation, better remove the root credentials of member accounts altogether.
#     cli: "aws iam enable-organizations-root-credentials-management  # in the management account, for member accounts"
#   aliases:
#     prowler: [iam_root_mfa_enabled]
#     trivy: [AVD-AWS-0142]
#     securityhub: [IAM.9]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_mfa.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
package rules.aws.iam.root_mfa

import rego.v1

# Root credentials that were removed centrally cannot be used or stolen.
not_applicable contains {"reason": "the root user has no credentials: they were removed centrally"} if {
	input.properties.AccountSummary.AccountPasswordPresent == 0
	input.properties.AccountSummary.AccountAccessKeysPresent == 0
}

pass if input.properties.AccountSummary.AccountMFAEnabled == 1

fail contains {"message": "the root user has no MFA device", "at": "/AccountSummary/AccountMFAEnabled"} if {
	input.properties.AccountSummary.AccountMFAEnabled != 1
}
