# METADATA
# title: Bucket is effectively readable by the public
# description: >-
#   Anybody on the internet, or any customer of AWS, can list or fetch what the bucket holds. This is how personal data is lost most often.
# scope: package
# custom:
#   id: AWS-S3-003
#   severity: critical
#   objective: data.no_public_exposure
#   resource: AWS::S3::Bucket
#   remediation:
#     text: >-
#       Turn on the bucket's public access block, then remove the named statement or grant. What must be
#       public is better served through a distribution that alone may read the bucket.
#     terraform: |
#       resource "aws_s3_bucket_public_access_block" "this" {
#         bucket                  = aws_s3_bucket.this.id
#         block_public_acls       = true
#         block_public_policy     = true
#         ignore_public_acls      = true
#         restrict_public_buckets = true
#       }
#     cli: >-
#       aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration
#       BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
#   aliases:
#     prowler: [s3_bucket_public_access, s3_bucket_public_list_acl]
#     trivy: [AVD-AWS-0092]
#     securityhub: [S3.2]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
#   limits: >-
#     Access control lists of single objects, policies of access points and an organisation's resource
#     control policies are not read. Where ACLs count, a single object can be public on its own.
#     Where S3 calls the policy public, and the statements that were understood do not explain it,
#     the bucket is not assessed.
package rules.aws.s3.bucket_public_read

import rego.v1

ways := input.derived.s3_public_read

pass if {
	is_array(ways)
	count(ways) == 0
}

fail contains {"message": way.Message, "at": way.At, "key": way.Key} if some way in ways
