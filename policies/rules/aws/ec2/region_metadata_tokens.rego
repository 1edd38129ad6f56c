# METADATA
# title: Account default does not require metadata session tokens
# description: >-
#   An account can say, region by region, that new instances require session tokens of the
#   metadata service. Without that default an instance gets version 1 whenever nobody thinks of
#   it.
# scope: package
# custom:
#   id: AWS-EC2-016
#   severity: medium
#   objective: config.hardening
#   resource: Assay::AWS::Region
#   remediation:
#     text: Set the default in every region; instances that exist are not changed by it.
#     terraform: |
#       resource "aws_ec2_instance_metadata_defaults" "this" {
#         http_tokens = "required"
#       }
#     cli: |
#       aws ec2 modify-instance-metadata-defaults --region REGION --http-tokens required
#   aliases:
#     prowler: [ec2_instance_account_imdsv2_enabled]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-IMDS-new-instances.html
#   limits: >-
#     Machine images can state a setting of their own, which is not read. A region is judged
#     whether it is used or not: the default guards what may be launched tomorrow.
package rules.aws.ec2.region_metadata_tokens

import rego.v1

defaults := input.properties.InstanceMetadataDefaults

tokens := object.get(defaults, "HttpTokens", "no preference")

pass if {
	is_object(defaults)
	tokens == "required"
}

fail contains {"message": "the account states no preference for new instances", "at": "/InstanceMetadataDefaults"} if {
	defaults == null
}

fail contains {"message": sprintf("session tokens of the metadata service by default: %s", [tokens]), "at": "/InstanceMetadataDefaults"} if {
	is_object(defaults)
	tokens != "required"
}
