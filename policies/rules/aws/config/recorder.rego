# METADATA
# title: Configuration recorder is off or incomplete in a used region
# description: Without a history of configurations nobody can tell what changed, when, and what drifted.
# scope: package
# custom:
#   id: AWS-CFG-001
#   severity: high
#   objective: config.recording
#   resource: Assay::AWS::Region
#   related:
#     - type: AWS::Config::ConfigurationRecorder
#       scope: region
#       facets: [Name, RecordingGroup, ConfigurationRecorderStatus]
#   params:
#     allowed_exclusions:
#       type: strings
#       description: Resource types that a recorder may leave out.
#       default: []
#   remediation:
#     text: Record all supported resource types in every region in use, with a delivery channel, and start the recorder. Record global types (IAM) in one region.
#     terraform: |
#       resource "aws_config_configuration_recorder" "this" {
#         role_arn = aws_iam_role.config.arn
#         recording_group {
#           all_supported                 = true
#           include_global_resource_types = true
#         }
#       }
#       resource "aws_config_configuration_recorder_status" "this" {
#         name       = aws_config_configuration_recorder.this.name
#         is_enabled = true
#         depends_on = [aws_config_delivery_channel.this]
#       }
#     cloudformation: |
#       Type: AWS::Config::ConfigurationRecorder
#       Properties:
#         RoleARN: !GetAtt ConfigRole.Arn
#         RecordingGroup:
#           AllSupported: true
#           IncludeGlobalResourceTypes: true
#     cli: |
#       aws configservice put-configuration-recorder --configuration-recorder name=default,roleARN=ROLE-ARN --recording-group allSupported=true,includeGlobalResourceTypes=true
#       aws configservice start-configuration-recorder --configuration-recorder-name default
#   aliases:
#     prowler: [config_recorder_all_regions_enabled]
#     trivy: [AVD-AWS-0019]
#     securityhub: [Config.1]
#   references:
#     - https://docs.aws.amazon.com/config/latest/developerguide/select-resources.html
#     - https://docs.aws.amazon.com/config/latest/APIReference/API_ConfigurationRecorderStatus.html
#   limits: Whether one region of the account records the global types (IAM users, groups, roles, policies) is not judged, because one is enough and it may be any.
package rules.aws.config.recorder

import rego.v1

# Judged on the region: a missing recorder has no resource of its own.
not_applicable contains {"reason": "nothing was found in this region"} if {
	input.derived.in_use.used == false
}

recorders := input.related["AWS::Config::ConfigurationRecorder"]

records_all(group) if {
	group.UseOnly == "ALL_SUPPORTED_RESOURCE_TYPES"
}

records_all(group) if {
	group.UseOnly == null
	group.AllSupported == true
}

records_all(group) if {
	group.UseOnly == "EXCLUSION_BY_RESOURCE_TYPES"
	count(group.ExclusionByResourceTypes) > 0
	refused := [t | some t in group.ExclusionByResourceTypes; not t in input.params.allowed_exclusions]
	count(refused) == 0
}

healthy(status) if {
	status.recording == true
	lower(status.lastStatus) in {"success", "pending"}
}

good contains recorder.id if {
	some recorder in recorders
	healthy(recorder.properties.ConfigurationRecorderStatus)
	records_all(recorder.properties.RecordingGroup)
}

pass if count(good) > 0

fail contains {"message": "the region has no configuration recorder", "at": "", "key": "missing"} if count(recorders) == 0

fail contains {"message": sprintf("the recorder %s is stopped", [recorder.properties.Name]), "at": "", "key": sprintf("stopped/%s", [recorder.properties.Name])} if {
	count(good) == 0
	some recorder in recorders
	recorder.properties.ConfigurationRecorderStatus.recording == false
}

fail contains {"message": sprintf("the recorder %s runs, and its latest run did not succeed", [recorder.properties.Name]), "at": "", "key": sprintf("failing/%s", [recorder.properties.Name])} if {
	count(good) == 0
	some recorder in recorders
	recorder.properties.ConfigurationRecorderStatus.recording == true
	not healthy(recorder.properties.ConfigurationRecorderStatus)
}

fail contains {"message": sprintf("the recorder %s leaves resource types out", [recorder.properties.Name]), "at": "", "key": sprintf("incomplete/%s", [recorder.properties.Name])} if {
	count(good) == 0
	some recorder in recorders
	not records_all(recorder.properties.RecordingGroup)
}
