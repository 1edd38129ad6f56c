# METADATA
# title: The account's S3 public access block is incomplete
# description: >-
#   The account's block overrides whatever a single bucket, object or access point allows. Without
#   all four settings one wrong policy or access control list can publish data.
# scope: package
# custom:
#   id: AWS-S3-001
#   severity: high
#   objective: data.no_public_exposure
#   resource: AWS::S3::AccountPublicAccessBlock
#   remediation:
#     text: Turn on all four settings for the account, after checking that no bucket is public on purpose.
#     terraform: |
#       resource "aws_s3_account_public_access_block" "this" {
#         block_public_acls       = true
#         block_public_policy     = true
#         ignore_public_acls      = true
#         restrict_public_buckets = true
#       }
#     cli: >-
#       aws s3control put-public-access-block --account-id ACCOUNT_ID --public-access-block-configuration
#       BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
#   aliases:
#     prowler: [s3_account_level_public_access_blocks]
#     securityhub: [S3.1]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#   limits: A block that an organisation's S3 policy enforces is seen only as far as the API shows it in the account.
package rules.aws.s3.account_public_access_block

import rego.v1

block := input.properties.PublicAccessBlockConfiguration

settings := ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]

on := [setting | some setting in settings; block[setting] == true]

pass if count(on) == count(settings)

fail contains {"message": "no block is configured for the account", "at": "/PublicAccessBlockConfiguration"} if {
	block == null
}

fail contains {"message": sprintf("%s is off", [setting]), "at": concat("/", ["/PublicAccessBlockConfiguration", setting]), "key": setting} if {
	some setting in settings
	block[setting] == false
}
