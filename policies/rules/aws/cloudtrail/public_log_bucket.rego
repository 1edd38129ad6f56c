# METADATA
# title: Bucket storing trail logs is publicly accessible
# description: Published audit logs reveal identities, addresses and the architecture, and public writes forge evidence.
# scope: package
# custom:
#   id: AWS-CT-004
#   severity: critical
#   objective: logging.protect
#   resource: AWS::CloudTrail::Trail
#   remediation:
#     text: Block public access on the bucket with the logs, best on the whole account, and drop public statements and grants.
#     terraform: |
#       resource "aws_s3_bucket_public_access_block" "trail" {
#         bucket                  = aws_s3_bucket.trail.id
#         block_public_acls       = true
#         block_public_policy     = true
#         ignore_public_acls      = true
#         restrict_public_buckets = true
#       }
#     cloudformation: |
#       Type: AWS::S3::Bucket
#       Properties:
#         PublicAccessBlockConfiguration:
#           BlockPublicAcls: true
#           BlockPublicPolicy: true
#           IgnorePublicAcls: true
#           RestrictPublicBuckets: true
#     cli: aws s3api put-public-access-block --bucket BUCKET --public-access-block-configuration BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true
#   aliases:
#     prowler: [cloudtrail_logs_s3_bucket_is_not_publicly_accessible]
#     trivy: [AVD-AWS-0161]
#     securityhub: [CloudTrail.6]
#   references: ["https://docs.aws.amazon.com/awscloudtrail/latest/userguide/best-practices-security.html"]
#   limits: A bucket of another account is not in sight; the trail is then not assessed.
package rules.aws.cloudtrail.public_log_bucket

import rego.v1

pass if input.derived.log_bucket.public == false

fail contains {
	"message": sprintf("the bucket %s is public: %s", [input.derived.log_bucket.name, concat("; ", input.derived.log_bucket.reasons)]),
	"at": "/S3BucketName",
} if {
	input.derived.log_bucket.public == true
}
