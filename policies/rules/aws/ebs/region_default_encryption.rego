# METADATA
# title: Default volume encryption is off in a used region
# description: With default encryption nobody can make an unencrypted volume by forgetting a flag.
# scope: package
# custom:
#   id: AWS-EBS-002
#   severity: medium
#   objective: crypto.at_rest
#   resource: Assay::AWS::Region
#   remediation:
#     text: Turn on default encryption in the region. Existing volumes stay as they are.
#     terraform: |
#       resource "aws_ebs_encryption_by_default" "this" {
#         enabled = true
#       }
#     cli: |
#       aws ec2 enable-ebs-encryption-by-default --region REGION
#   aliases:
#     prowler: [ec2_ebs_default_encryption]
#     securityhub: [EC2.7]
#   references:
#     - https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-7
#   limits: >-
#     A region is used where an instance, a volume, an interface, a snapshot or an image of the
#     account lies in it.
package rules.aws.ebs.region_default_encryption

import rego.v1

not_applicable contains {"reason": "nothing of EC2 lies in the region"} if {
	input.derived.in_use.used == false
}

pass if input.properties.EbsEncryptionByDefault == true

fail contains {"message": "new volumes are not encrypted by default", "at": "/EbsEncryptionByDefault"} if {
	input.properties.EbsEncryptionByDefault == false
}
