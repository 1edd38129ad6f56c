# METADATA
# title: Bucket has no default server-side encryption
# description: >-
#   Since January 2023 S3 encrypts every new object with its own keys unless another encryption is
#   configured, and says so in the bucket's configuration. A bucket whose configuration is empty shows
#   no such baseline: an endpoint without that default, or a bucket that cannot be trusted to have it.
# scope: package
# custom:
#   id: AWS-S3-007
#   severity: medium
#   objective: crypto.at_rest
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Set the default encryption of the bucket. Objects stored earlier keep the state they have; copy them over themselves to encrypt them.
#     terraform: |
#       resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
#         bucket = aws_s3_bucket.this.id
#         rule {
#           apply_server_side_encryption_by_default {
#             sse_algorithm = "AES256"
#           }
#         }
#       }
#     cli: >-
#       aws s3api put-bucket-encryption --bucket BUCKET --server-side-encryption-configuration
#       '{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}]}'
#   aliases:
#     prowler: [s3_bucket_default_encryption]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-bucket-encryption.html
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
#   limits: Judges the default for new objects. Objects from before the default may still be stored in clear.
package rules.aws.s3.bucket_encryption

import rego.v1

encryption := input.properties.BucketEncryption

defaults := [rule |
	some rule in encryption.ServerSideEncryptionConfiguration
	is_string(rule.ServerSideEncryptionByDefault.SSEAlgorithm)
]

pass if {
	is_object(encryption)
	count(defaults) > 0
}

fail contains {"message": "no default encryption is configured", "at": "/BucketEncryption"} if {
	encryption == null
}

fail contains {"message": "the encryption configuration sets no default", "at": "/BucketEncryption/ServerSideEncryptionConfiguration"} if {
	is_object(encryption)
	count(defaults) == 0
}
