# METADATA
# title: Bucket classified as sensitive is not encrypted with a customer-managed key
# description: >-
#   With a key of its own the organisation decides a second time who may read, sees each use in the
#   audit trail and can withdraw access. Keys that AWS manages offer none of that.
# scope: package
# custom:
#   id: AWS-S3-008
#   severity: medium
#   objective: crypto.customer_managed_key
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Set a customer-managed KMS key as the bucket's default, and copy existing objects over themselves.
#     terraform: |
#       resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
#         bucket = aws_s3_bucket.this.id
#         rule {
#           bucket_key_enabled = true
#           apply_server_side_encryption_by_default {
#             sse_algorithm     = "aws:kms"
#             kms_master_key_id = aws_kms_key.this.arn
#           }
#         }
#       }
#     cli: >-
#       aws s3api put-bucket-encryption --bucket BUCKET --server-side-encryption-configuration
#       '{"Rules":[{"BucketKeyEnabled":true,"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"KEY_ARN"}}]}'
#   aliases:
#     prowler: [s3_bucket_kms_encryption]
#     trivy: [AVD-AWS-0132]
#     securityhub: [S3.17]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
#   related:
#     - {type: "AWS::KMS::Key", scope: account, facets: [KeyManager, Aliases]}
#   params:
#     sensitive_tags:
#       type: strings
#       description: Tags that classify a bucket as sensitive, as `key=value`, or `key` for any value.
#   limits: Judges the default for new objects; single objects may be stored under other keys.
package rules.aws.s3.bucket_sensitive_customer_key

import data.lib.tags
import rego.v1

not_applicable contains {"reason": "no tag classifies the bucket as sensitive"} if {
	is_array(input.params.sensitive_tags)
	is_object(input.tags)
	not tags.marked(input.tags, input.params.sensitive_tags)
}

encryption := input.properties.BucketEncryption

defaults := [rule.ServerSideEncryptionByDefault |
	some rule in encryption.ServerSideEncryptionConfiguration
	is_string(rule.ServerSideEncryptionByDefault.SSEAlgorithm)
]

# The keys that the bucket names; a default without a key means the key that AWS manages for S3.
keys := {d.KMSMasterKeyID | some d in defaults; kms(d.SSEAlgorithm); is_string(d.KMSMasterKeyID)}

kms(algorithm) if algorithm in {"aws:kms", "aws:kms:dsse"}

keyless := [d | some d in defaults; kms(d.SSEAlgorithm); object.get(d, "KMSMasterKeyID", null) == null]

other := [d | some d in defaults; not kms(d.SSEAlgorithm)]

# A key may be named by ARN, by id or by alias.
names(key, name) if key.id == name

names(key, name) if endswith(key.id, concat("", [":key/", name]))

names(key, name) if {
	some alias in key.properties.Aliases
	name in {alias, concat("", [split(key.id, ":key/")[0], ":", alias])}
}

managers(name) := {key.properties.KeyManager | some key in input.related["AWS::KMS::Key"]; names(key, name)}

# AWS does not let another account use the keys that it manages: a key there is a customer's.
customer(name) if "CUSTOMER" in managers(name)

customer(name) if {
	parts := split(name, ":")
	count(parts) >= 6
	parts[4] != input.account
	not contains(name, ":alias/aws/")
}

provider_managed(name) if "AWS" in managers(name)

provider_managed(name) if endswith(name, "alias/aws/s3")

pass if {
	count(defaults) > 0
	count(keyless) == 0
	count(other) == 0
	count([key | some key in keys; customer(key)]) == count(keys)
}

fail contains {"message": "no default encryption is configured", "at": "/BucketEncryption"} if {
	encryption == null
}

fail contains {"message": "the encryption configuration sets no default", "at": "/BucketEncryption"} if {
	is_object(encryption)
	count(defaults) == 0
}

fail contains {"message": "encrypts with keys of S3, not with a key of the organisation", "at": "/BucketEncryption"} if {
	count(other) > 0
}

fail contains {"message": "encrypts with the key that AWS manages for S3", "at": "/BucketEncryption"} if {
	count(keyless) > 0
}

fail contains {"message": "encrypts with a key that AWS manages", "at": "/BucketEncryption", "key": key} if {
	some key in keys
	provider_managed(key)
}
