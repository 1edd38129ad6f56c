# METADATA
# title: Public sharing of machine images is not blocked account-wide
# description: >-
#   While public sharing is not blocked, one call makes an image, with all that is on its disks,
#   launchable by every AWS account.
# scope: package
# custom:
#   id: AWS-EC2-023
#   severity: medium
#   objective: data.no_public_exposure
#   resource: Assay::AWS::Region
#   remediation:
#     text: Block new public sharing of images in every region.
#     terraform: |
#       resource "aws_ec2_image_block_public_access" "this" {
#         state = "block-new-sharing"
#       }
#     cli: |
#       aws ec2 enable-image-block-public-access --region REGION --image-block-public-access-state block-new-sharing
#   aliases:
#     prowler: [ec2_ami_account_block_public_access]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-public-access-to-amis.html
#   limits: >-
#     Images that are public already stay public; they are judged one by one. A region is judged
#     whether it is used or not.
package rules.aws.ec2.region_image_public_sharing

import rego.v1

state := input.properties.ImageBlockPublicAccess.State

pass if state == "block-new-sharing"

fail contains {"message": "images can be shared with everyone", "at": "/ImageBlockPublicAccess/State"} if {
	state == "unblocked"
}
