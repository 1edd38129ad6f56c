# METADATA
# title: Bucket policy grants access to accounts outside the approved list
# description: >-
#   Every account that the policy names can read, change or delete data by that account's own rules.
#   Recipients that nobody approved are undocumented processors, or leaks.
# scope: package
# custom:
#   id: AWS-S3-005
#   severity: high
#   objective: data.controlled_sharing
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Remove the account from the named statement, or approve it in `approved_accounts` after a review.
#     cli: aws s3api get-bucket-policy --bucket BUCKET --query Policy --output text
#   aliases:
#     prowler: [s3_bucket_cross_account_access]
#     securityhub: [S3.6]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
#   params:
#     approved_accounts:
#       type: strings
#       description: >-
#         Accounts with which data may be shared: 12-digit account ids, organisation ids (`o-…`), or
#         `canonical:…` for a canonical user. `*` approves everybody.
#   limits: >-
#     Judges the policy's text: a public access block may stop the access, and the other account's own
#     policies decide who in it gets it. AWS
#     services and CloudFront identities do not count as accounts, nor does everybody inside a named network.
package rules.aws.s3.bucket_external_access

import rego.v1

shares := input.derived.s3_external_access

approved := input.params.approved_accounts

foreign := [share | some share in shares; not share.Account in approved]

pass if {
	is_array(approved)
	is_array(shares)
	count(foreign) == 0
}

fail contains {"message": share.Message, "at": share.At, "key": share.Key} if some share in foreign
