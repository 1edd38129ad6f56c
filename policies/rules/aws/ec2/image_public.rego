# METADATA
# title: Owned machine image is shared publicly
# description: >-
#   Every AWS account can launch a public image and read its disks: code, configuration and
#   whatever was forgotten on them.
# scope: package
# custom:
#   id: AWS-EC2-022
#   severity: high
#   objective: data.no_public_exposure
#   resource: AWS::EC2::Image
#   remediation:
#     text: >-
#       Take back the permission of everyone; share with named accounts or the organisation where
#       needed.
#     cli: |
#       aws ec2 modify-image-attribute --image-id IMAGE_ID --launch-permission 'Remove=[{Group=all}]'
#   aliases:
#     prowler: [ec2_ami_public]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-intro.html
package rules.aws.ec2.image_public

import rego.v1

pass if input.properties.Public == false

fail contains {"message": "everyone may launch the image", "at": "/Public"} if {
	input.properties.Public == true
}
