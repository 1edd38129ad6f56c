# METADATA
# title: Bucket tagged as personal data has no expiry lifecycle rule
# description: >-
#   Personal data may be kept only as long as its purpose needs. Without a rule that expires objects
#   the bucket keeps everything for ever. A rule for a prefix, a tag or a size leaves the rest without end.
# scope: package
# custom:
#   id: AWS-S3-012
#   severity: medium
#   objective: data.retention_limit
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Add an enabled lifecycle rule for the whole bucket that expires objects after the declared retention period.
#     terraform: |
#       resource "aws_s3_bucket_lifecycle_configuration" "this" {
#         bucket = aws_s3_bucket.this.id
#         rule {
#           id     = "retention"
#           status = "Enabled"
#           filter {}
#           expiration {
#             days = 365
#           }
#           noncurrent_version_expiration {
#             noncurrent_days = 30
#           }
#         }
#       }
#     cloudformation: |
#       LifecycleConfiguration:
#         Rules:
#           - {Id: retention, Status: Enabled, ExpirationInDays: 365, NoncurrentVersionExpiration: {NoncurrentDays: 30}}
#   aliases:
#     prowler: [s3_bucket_lifecycle_enabled]
#     securityhub: [S3.13]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
#   params:
#     personal_data_tags:
#       type: strings
#       description: Tags that mark a bucket as holding personal data, as `key=value`, or `key` for any value.
#   limits: >-
#     Whether the period is the declared one is not judged. In a versioned bucket an expired object lives
#     on as an old version until a rule removes that too.
package rules.aws.s3.bucket_personal_data_expiry

import data.lib.tags
import rego.v1

not_applicable contains {"reason": "no tag marks the bucket as holding personal data"} if {
	is_array(input.params.personal_data_tags)
	is_object(input.tags)
	not tags.marked(input.tags, input.params.personal_data_tags)
}

lifecycle := input.properties.LifecycleConfiguration

expires(rule) if is_number(rule.ExpirationInDays)

expires(rule) if is_string(rule.ExpirationDate)

expiring := [rule |
	some rule in lifecycle.Rules
	rule.Status == "Enabled"
	expires(rule)
]

# A rule for all objects: no prefix, no tag, no size.
whole := [rule |
	some rule in expiring
	object.get(rule, "Prefix", "") == ""
	count(object.get(rule, "TagFilters", [])) == 0
	object.get(rule, "ObjectSizeGreaterThan", null) == null
	object.get(rule, "ObjectSizeLessThan", null) == null
]

pass if {
	lifecycle != null
	count(whole) > 0
}

fail contains {"message": "no lifecycle rule is configured", "at": "/LifecycleConfiguration"} if {
	lifecycle == null
}

fail contains {"message": "no enabled lifecycle rule expires objects", "at": "/LifecycleConfiguration/Rules"} if {
	is_object(lifecycle)
	count(expiring) == 0
}

fail contains {"message": "objects expire only in a part of the bucket", "at": "/LifecycleConfiguration/Rules"} if {
	count(expiring) > 0
	count(whole) == 0
}
