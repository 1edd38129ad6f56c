# METADATA
# title: Root user is not protected by a hardware MFA device
# description: A virtual authenticator lives in software that can be copied or phished. The root user deserves a device that one must hold.
# scope: package
# custom:
#   id: AWS-IAM-002
#   severity: high
#   objective: identity.root_mfa
#   resource: Assay::AWS::Account
#   remediation:
#     text: Assign a security key to the root user and remove its virtual device.
#   aliases:
#     prowler: [iam_root_hardware_mfa_enabled]
#     trivy: [AVD-AWS-0165]
#     securityhub: [IAM.6]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/enable-fido-mfa-for-root.html
#   limits: The devices of the root user cannot be listed; that one exists which is not virtual follows from the account summary. A virtual device beside a hardware one fails, since either is enough to sign in.
package rules.aws.iam.root_hardware_mfa

import rego.v1

# Root credentials that were removed centrally cannot be used or stolen.
not_applicable contains {"reason": "the root user has no credentials: they were removed centrally"} if {
	input.properties.AccountSummary.AccountPasswordPresent == 0
	input.properties.AccountSummary.AccountAccessKeysPresent == 0
}

pass if {
	input.properties.AccountSummary.AccountMFAEnabled == 1
	count(input.properties.RootVirtualMFADevices) == 0
}

fail contains {"message": "the root user has no MFA device", "at": "/AccountSummary/AccountMFAEnabled"} if {
	input.properties.AccountSummary.AccountMFAEnabled != 1
}

fail contains {"message": "the root user has a virtual MFA device", "at": "/RootVirtualMFADevices"} if {
	input.properties.AccountSummary.AccountMFAEnabled == 1
	count(input.properties.RootVirtualMFADevices) > 0
}
