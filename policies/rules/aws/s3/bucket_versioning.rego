# METADATA
# title: Bucket versioning is off
# description: Without versions an overwrite or a deletion, by mistake or by an attacker, cannot be undone.
# scope: package
# custom:
#   id: AWS-S3-009
#   severity: medium
#   objective: resilience.backup
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Turn on versioning, together with a lifecycle rule that expires old versions.
#     terraform: |
#       resource "aws_s3_bucket_versioning" "this" {
#         bucket = aws_s3_bucket.this.id
#         versioning_configuration {
#           status = "Enabled"
#         }
#       }
#     cloudformation: |
#       VersioningConfiguration:
#         Status: Enabled
#     cli: aws s3api put-bucket-versioning --bucket BUCKET --versioning-configuration Status=Enabled
#   aliases:
#     prowler: [s3_bucket_object_versioning]
#     trivy: [AVD-AWS-0090]
#     securityhub: [S3.14]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
package rules.aws.s3.bucket_versioning

import rego.v1

pass if input.properties.VersioningConfiguration.Status == "Enabled"

fail contains {"message": "versioning was never turned on", "at": "/VersioningConfiguration"} if {
	input.properties.VersioningConfiguration == null
}

fail contains {"message": "versioning is suspended", "at": "/VersioningConfiguration/Status"} if {
	input.properties.VersioningConfiguration.Status == "Suspended"
}
