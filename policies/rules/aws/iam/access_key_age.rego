# METADATA
# title: Active access key is older than 90 days
# description: Over time a key is copied to laptops, build systems and logs. The older it is, the more people hold it.
# scope: package
# custom:
#   id: AWS-IAM-012
#   severity: medium
#   objective: identity.credential_lifecycle
#   resource: AWS::IAM::AccessKey
#   remediation:
#     text: Make a second key, move its users over, turn the old one off, then delete it. Better still, replace the key by a role.
#     cli: aws iam create-access-key --user-name USER; aws iam update-access-key --user-name USER --access-key-id OLD --status Inactive; aws iam delete-access-key --user-name USER --access-key-id OLD
#   aliases:
#     prowler: [iam_rotate_access_key_90_days]
#     trivy: [AVD-AWS-0146]
#     securityhub: [IAM.3]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id-credentials-access-keys-update.html
#   params:
#     max_days:
#       type: integer
#       description: days after which a key must be replaced
#       default: 90
#   limits: "The credential report gives the time of the last change: turning a key off and on again makes it look young."
package rules.aws.iam.access_key_age

import rego.v1

import data.lib.time

not_applicable contains {"reason": "the key is inactive"} if input.properties.Status == "Inactive"

age := time.days(input.properties.LastRotated, input.now)

pass if age <= input.params.max_days

fail contains {"message": sprintf("the key is %d days old", [age]), "at": "/LastRotated"} if {
	age > input.params.max_days
}
