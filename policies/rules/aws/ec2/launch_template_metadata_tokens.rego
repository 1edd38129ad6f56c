# METADATA
# title: Launch template does not require metadata session tokens
# description: >-
#   What a launch template says, or leaves open, every instance of a scaling group repeats.
#   Without required session tokens each of them hands out its role's credentials to a forged
#   request.
# scope: package
# custom:
#   id: AWS-EC2-017
#   severity: medium
#   objective: config.hardening
#   resource: AWS::EC2::LaunchTemplate
#   remediation:
#     text: >-
#       Create a version of the template that requires session tokens, make it the default and let
#       scaling groups use it.
#     terraform: |
#       resource "aws_launch_template" "this" {
#         name = "web"
#         metadata_options {
#           http_endpoint = "enabled"
#           http_tokens   = "required"
#         }
#       }
#     cli: |
#       aws ec2 create-launch-template-version --launch-template-id TEMPLATE_ID --source-version '$Latest' \
#         --launch-template-data 'MetadataOptions={HttpTokens=required}'
#       aws ec2 modify-launch-template --launch-template-id TEMPLATE_ID --default-version VERSION
#   aliases:
#     prowler: [ec2_launch_template_imdsv2_required]
#     trivy: [AVD-AWS-0130]
#     securityhub: [EC2.170]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-170
#   limits: >-
#     Judges the default and the latest version. A version that leaves the option open counts as a
#     failure, also where the account's default or the image requires tokens.
package rules.aws.ec2.launch_template_metadata_tokens

import rego.v1

versions := [{"key": key, "number": v.VersionNumber, "options": options, "index": i} |
	some i, v in input.properties.Versions
	key := label(v.DefaultVersion)
	options := object.get(v.LaunchTemplateData, "MetadataOptions", {})
]

label(default_version) := "default version" if default_version == true

label(default_version) := "latest version" if default_version == false

good := [v |
	some v in versions
	safe(v.options)
]

safe(options) if options.HttpTokens == "required"

safe(options) if options.HttpEndpoint == "disabled"

pass if {
	count(versions) > 0
	count(good) == count(versions)
}

fail contains {"message": sprintf("the %s (%d) does not require session tokens of the metadata service", [v.key, v.number]), "at": sprintf("/Versions/%d/LaunchTemplateData", [v.index]), "key": v.key} if {
	some v in versions
	not safe(v.options)
}
