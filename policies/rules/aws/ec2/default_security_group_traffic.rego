# METADATA
# title: Default security group of a VPC allows traffic
# description: >-
#   Whoever creates something without naming a group gets the VPC's default group. With rules in
#   it, such things can talk to each other and to the world by accident.
# scope: package
# custom:
#   id: AWS-EC2-008
#   severity: medium
#   objective: network.segmentation
#   resource: AWS::EC2::SecurityGroup
#   remediation:
#     text: >-
#       Move what uses the default group to groups of its own, then remove every rule of the
#       default group, inbound and outbound.
#     terraform: |
#       # Without ingress and egress blocks every rule of the group is removed.
#       resource "aws_default_security_group" "this" {
#         vpc_id = aws_vpc.this.id
#       }
#     cli: |
#       aws ec2 describe-security-group-rules --filters Name=group-id,Values=GROUP_ID
#       aws ec2 revoke-security-group-ingress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#       aws ec2 revoke-security-group-egress --group-id GROUP_ID --security-group-rule-ids RULE_ID
#   aliases:
#     prowler: [ec2_securitygroup_default_restrict_traffic]
#     trivy: [AVD-AWS-0173]
#     securityhub: [EC2.2]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2
package rules.aws.ec2.default_security_group_traffic

import rego.v1

not_applicable contains {"reason": "not the default group of a VPC"} if {
	input.properties.GroupName != "default"
}

ingress := input.properties.SecurityGroupIngress

egress := input.properties.SecurityGroupEgress

pass if {
	is_array(ingress)
	is_array(egress)
	count(ingress) == 0
	count(egress) == 0
}

fail contains {"message": sprintf("the default group admits %s", [key]), "at": sprintf("/SecurityGroupIngress/%d", [i]), "key": concat("/", ["ingress", key])} if {
	some i, rule in ingress
	key := data.lib.net.rule_key(rule)
}

fail contains {"message": sprintf("the default group lets out %s", [key]), "at": sprintf("/SecurityGroupEgress/%d", [i]), "key": concat("/", ["egress", key])} if {
	some i, rule in egress
	key := data.lib.net.rule_key(rule)
}
