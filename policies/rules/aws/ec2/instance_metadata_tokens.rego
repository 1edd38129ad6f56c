# METADATA
# title: Instance permits the legacy metadata service without session tokens
# description: >-
#   Version 1 of the instance metadata service answers any plain request from the host. A web
#   application that can be made to fetch a URL then hands out the credentials of the instance's
#   role. Version 2 asks for a session token first.
# scope: package
# custom:
#   id: AWS-EC2-015
#   severity: high
#   objective: config.hardening
#   resource: AWS::EC2::Instance
#   remediation:
#     text: >-
#       Require session tokens. Check the metric MetadataNoToken first: it counts requests that
#       still use version 1.
#     terraform: |
#       resource "aws_instance" "this" {
#         ami           = data.aws_ami.this.id
#         instance_type = "t3.small"
#         metadata_options {
#           http_endpoint = "enabled"
#           http_tokens   = "required"
#         }
#       }
#     cli: |
#       aws ec2 modify-instance-metadata-options --instance-id INSTANCE_ID --http-tokens required
#   aliases:
#     prowler: [ec2_instance_imdsv2_enabled]
#     trivy: [AVD-AWS-0028]
#     securityhub: [EC2.8]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-8
package rules.aws.ec2.instance_metadata_tokens

import rego.v1

not_applicable contains {"reason": "the instance is terminated"} if {
	input.properties.State.Name in {"shutting-down", "terminated"}
}

options := input.properties.MetadataOptions

pass if options.HttpTokens == "required"

pass if options.HttpEndpoint == "disabled"

fail contains {"message": "the metadata service answers without a session token", "at": "/MetadataOptions/HttpTokens"} if {
	options.HttpTokens == "optional"
	options.HttpEndpoint == "enabled"
}
