# METADATA
# title: Root user has access keys
# description: An access key of the root user bypasses MFA and cannot be limited by any policy of the account.
# scope: package
# custom:
#   id: AWS-IAM-003
#   severity: critical
#   objective: identity.root
#   resource: Assay::AWS::Account
#   remediation:
#     text: Sign in as the root user and delete its access keys under Security credentials; use roles instead.
#   aliases:
#     prowler: [iam_no_root_access_key]
#     trivy: [AVD-AWS-0141]
#     securityhub: [IAM.4]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user_manage_delete-key.html
package rules.aws.iam.root_access_keys

import rego.v1

pass if input.properties.AccountSummary.AccountAccessKeysPresent == 0

# An inactive key counts: whoever is root can turn it on again.
fail contains {"message": "the root user has an access key", "at": "/AccountSummary/AccountAccessKeysPresent"} if {
	input.properties.AccountSummary.AccountAccessKeysPresent > 0
}
