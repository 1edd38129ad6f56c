# METADATA
# title: Bucket's own public access block is incomplete
# description: >-
#   The bucket's block still holds where the account's block has been lifted. All four settings
#   together keep access control lists and policies from opening the bucket to everybody.
# scope: package
# custom:
#   id: AWS-S3-002
#   severity: medium
#   objective: data.no_public_exposure
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Turn on all four settings of the bucket's block.
#     terraform: |
#       resource "aws_s3_bucket_public_access_block" "this" {
#         bucket                  = aws_s3_bucket.this.id
#         block_public_acls       = true
#         block_public_policy     = true
#         ignore_public_acls      = true
#         restrict_public_buckets = true
#       }
#     cloudformation: |
#       PublicAccessBlockConfiguration:
#         BlockPublicAcls: true
#         BlockPublicPolicy: true
#         IgnorePublicAcls: true
#         RestrictPublicBuckets: true
#     cli: >-
#       aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration
#       BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
#   aliases:
#     prowler: [s3_bucket_level_public_access_block]
#     trivy: [AVD-AWS-0086, AVD-AWS-0087, AVD-AWS-0091, AVD-AWS-0093, AVD-AWS-0094]
#     securityhub: [S3.8]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#   limits: Judges the bucket's own settings; whether the account's block covers for them is AWS-S3-001.
package rules.aws.s3.bucket_public_access_block

import rego.v1

block := input.properties.PublicAccessBlockConfiguration

settings := ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]

on := [setting | some setting in settings; block[setting] == true]

pass if count(on) == count(settings)

fail contains {"message": "the bucket has no block of its own", "at": "/PublicAccessBlockConfiguration"} if {
	block == null
}

fail contains {"message": sprintf("%s is off", [setting]), "at": concat("/", ["/PublicAccessBlockConfiguration", setting]), "key": setting} if {
	some setting in settings
	block[setting] == false
}
