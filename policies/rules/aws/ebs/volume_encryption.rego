# METADATA
# title: Attached volume is not encrypted
# description: >-
#   What lies on an unencrypted volume can be read from its snapshots and copies by anyone who
#   gets hold of them.
# scope: package
# custom:
#   id: AWS-EBS-001
#   severity: high
#   objective: crypto.at_rest
#   resource: AWS::EC2::Volume
#   remediation:
#     text: >-
#       Copy a snapshot of the volume with encryption, make a volume of the copy and swap it in.
#       Turn on default encryption so that it stays that way.
#     terraform: |
#       resource "aws_ebs_volume" "this" {
#         availability_zone = "eu-west-1a"
#         size              = 40
#         encrypted         = true
#       }
#     cli: |
#       aws ec2 create-snapshot --volume-id VOLUME_ID
#       aws ec2 copy-snapshot --source-region REGION --source-snapshot-id SNAPSHOT_ID --encrypted
#       aws ec2 create-volume --availability-zone ZONE --snapshot-id ENCRYPTED_SNAPSHOT_ID
#   aliases:
#     prowler: [ec2_ebs_volume_encryption]
#     trivy: [AVD-AWS-0026]
#     securityhub: [EC2.3]
#   references:
#     - https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-3
package rules.aws.ebs.volume_encryption

import rego.v1

not_applicable contains {"reason": "attached to no instance"} if {
	is_array(input.properties.Attachments)
	count(input.properties.Attachments) == 0
}

pass if input.properties.Encrypted == true

fail contains {"message": "the volume is not encrypted", "at": "/Encrypted"} if {
	input.properties.Encrypted == false
}
