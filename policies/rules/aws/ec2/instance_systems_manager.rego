# METADATA
# title: Running instance is not managed by the systems-management agent
# description: >-
#   What Systems Manager does not know gets no patches from it, is in no inventory and is reached
#   over SSH instead of recorded sessions.
# scope: package
# custom:
#   id: AWS-EC2-020
#   severity: medium
#   objective: vulnerability.patching
#   resource: AWS::EC2::Instance
#   remediation:
#     text: >-
#       Give the instance a role with the managed policy AmazonSSMManagedInstanceCore (or turn on
#       Default Host Management), and let the agent reach the Systems Manager endpoints.
#     terraform: |
#       resource "aws_iam_role_policy_attachment" "ssm" {
#         role       = aws_iam_role.instance.name
#         policy_arn = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
#       }
#     cli: |
#       aws ssm update-service-setting --setting-id /ssm/managed-instance/default-ec2-instance-management-role --setting-value service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole
#   aliases:
#     prowler: [ec2_instance_managed_by_ssm]
#     securityhub: [SSM.1]
#   references:
#     - https://docs.aws.amazon.com/systems-manager/latest/userguide/managed_instances.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ssm-controls.html#ssm-1
#   related:
#     - {type: "AWS::SSM::ManagedInstanceInventory", scope: region, facets: [InstanceId, PingStatus]}
#   limits: >-
#     Instances that another tool patches are not told apart: waive them.
package rules.aws.ec2.instance_systems_manager

import rego.v1

not_applicable contains {"reason": "the instance is not running"} if {
	input.properties.State.Name != "running"
}

states := [node.properties.PingStatus |
	some node in input.related["AWS::SSM::ManagedInstanceInventory"]
	node.properties.InstanceId == input.properties.InstanceId
]

pass if "Online" in states

fail contains {"message": "Systems Manager does not know the instance", "at": ""} if {
	is_string(input.properties.InstanceId)
	count(states) == 0
}

fail contains {"message": sprintf("the agent of Systems Manager is not online: %s", [concat(", ", states)]), "at": ""} if {
	count(states) > 0
	not "Online" in states
}
