# METADATA
# title: Access point has no complete public access block
# description: >-
#   An access point has a policy and a block of its own, easily missed when only the bucket is
#   reviewed. The settings cannot be changed after the access point was made.
# scope: package
# custom:
#   id: AWS-S3-018
#   severity: medium
#   objective: data.no_public_exposure
#   resource: AWS::S3::AccessPoint
#   remediation:
#     text: Delete the access point and create it again with all four settings.
#     terraform: |
#       resource "aws_s3_access_point" "this" {
#         bucket = aws_s3_bucket.this.id
#         name   = "reports"
#         public_access_block_configuration {
#           block_public_acls       = true
#           block_public_policy     = true
#           ignore_public_acls      = true
#           restrict_public_buckets = true
#         }
#       }
#     cli: >-
#       aws s3control create-access-point --account-id ACCOUNT_ID --name NAME --bucket BUCKET
#       --public-access-block-configuration
#       BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
#   aliases:
#     prowler: [s3_access_point_public_access_block]
#     securityhub: [S3.19]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-bpa-settings.html
#   limits: Multi-Region and Object Lambda access points are not read.
package rules.aws.s3.access_point_public_access_block

import rego.v1

block := input.properties.PublicAccessBlockConfiguration

settings := ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]

on := [setting | some setting in settings; block[setting] == true]

pass if count(on) == count(settings)

fail contains {"message": "the access point has no block", "at": "/PublicAccessBlockConfiguration"} if {
	block == null
}

fail contains {"message": sprintf("%s is off", [setting]), "at": concat("/", ["/PublicAccessBlockConfiguration", setting]), "key": setting} if {
	some setting in settings
	block[setting] == false
}
