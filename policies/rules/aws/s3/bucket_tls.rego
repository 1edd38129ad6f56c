# METADATA
# title: Bucket policy does not refuse unencrypted transport
# description: >-
#   S3 answers over HTTP as well as over HTTPS. Only a policy that denies every request without TLS
#   keeps clients from sending data and signatures in clear text.
# scope: package
# custom:
#   id: AWS-S3-006
#   severity: medium
#   objective: crypto.in_transit
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Add a statement that denies every action to everybody where aws:SecureTransport is false, on the bucket and on its objects.
#     terraform: |
#       data "aws_iam_policy_document" "tls" {
#         statement {
#           sid       = "DenyClearText"
#           effect    = "Deny"
#           actions   = ["s3:*"]
#           resources = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
#           principals {
#             type        = "*"
#             identifiers = ["*"]
#           }
#           condition {
#             test     = "Bool"
#             variable = "aws:SecureTransport"
#             values   = ["false"]
#           }
#         }
#       }
#     cloudformation: |
#       - Sid: DenyClearText
#         Effect: Deny
#         Principal: "*"
#         Action: "s3:*"
#         Resource: [!GetAtt Bucket.Arn, !Sub "${Bucket.Arn}/*"]
#         Condition: {Bool: {"aws:SecureTransport": "false"}}
#   aliases:
#     prowler: [s3_bucket_secure_transport_policy]
#     securityhub: [S3.5]
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
#   limits: Resource control policies of the organisation, which can refuse clear text for all buckets, are not read.
package rules.aws.s3.bucket_tls

import rego.v1

tls := input.derived.s3_tls

pass if tls.Enforced == true

fail contains {"message": tls.Message, "at": "/BucketPolicy"} if tls.Enforced == false
