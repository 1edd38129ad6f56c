# METADATA
# title: Active access key has been unused for 45 days or more
# description: A key that nobody uses is only of use to whoever finds it.
# scope: package
# custom:
#   id: AWS-IAM-013
#   severity: medium
#   objective: identity.unused_access
#   resource: AWS::IAM::AccessKey
#   remediation:
#     text: Turn the key off, wait for a complaint, then delete it.
#     cli: aws iam update-access-key --user-name USER --access-key-id KEY --status Inactive
#   aliases:
#     prowler: [iam_user_accesskey_unused]
#     trivy: [AVD-AWS-0166]
#     securityhub: [IAM.22]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html
#   params:
#     max_days:
#       type: integer
#       description: days without use from which a key counts as unused
#       default: 45
#   limits: The credential report is up to four hours old.
package rules.aws.iam.access_key_unused

import rego.v1

import data.lib.time

not_applicable contains {"reason": "the key is inactive"} if input.properties.Status == "Inactive"

idle := time.days(input.properties.LastUsedDate, input.now) if is_string(input.properties.LastUsedDate)

# Never used: idle since it was made.
idle := time.days(input.properties.LastRotated, input.now) if input.properties.LastUsedDate == null

pass if idle < input.params.max_days

fail contains {"message": sprintf("the key was last used %d days ago", [idle]), "at": "/LastUsedDate"} if {
	is_string(input.properties.LastUsedDate)
	idle >= input.params.max_days
}

fail contains {"message": sprintf("the key was never used in its %d days", [idle]), "at": "/LastUsedDate"} if {
	input.properties.LastUsedDate == null
	idle >= input.params.max_days
}
