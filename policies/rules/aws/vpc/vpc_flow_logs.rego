# METADATA
# title: VPC has no flow logging
# description: >-
#   Flow logs say who talked to whom. Without them an intrusion leaves no trace in the network. A
#   log of accepted traffic alone does not show what was tried.
# scope: package
# custom:
#   id: AWS-VPC-001
#   severity: medium
#   objective: network.flow_evidence
#   resource: AWS::EC2::VPC
#   remediation:
#     text: Create a flow log of the VPC for all traffic, or at least for rejected traffic.
#     terraform: |
#       resource "aws_flow_log" "this" {
#         vpc_id               = aws_vpc.this.id
#         traffic_type         = "ALL"
#         log_destination_type = "s3"
#         log_destination      = aws_s3_bucket.flow_logs.arn
#       }
#     cli: |
#       aws ec2 create-flow-logs --resource-type VPC --resource-ids VPC_ID --traffic-type ALL \
#         --log-destination-type s3 --log-destination arn:aws:s3:::BUCKET
#   aliases:
#     prowler: [vpc_flow_logs_enabled]
#     trivy: [AVD-AWS-0178]
#     securityhub: [EC2.6]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html
#     - https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-6
#   related:
#     - {type: "AWS::EC2::FlowLog", scope: region, facets: [ResourceId, FlowLogStatus, TrafficType, DeliverLogsStatus]}
#   limits: >-
#     Flow logs of single subnets or interfaces do not count. Whether the destination keeps the
#     records is judged elsewhere.
package rules.aws.vpc.vpc_flow_logs

import rego.v1

not_applicable contains {"reason": "the VPC belongs to another account, which alone can log its traffic"} if {
	input.properties.OwnerId != input.account
}

logs := [log.properties |
	some log in input.related["AWS::EC2::FlowLog"]
	log.properties.ResourceId == input.properties.VpcId
]

good := [log |
	some log in logs
	log.FlowLogStatus == "ACTIVE"
	log.TrafficType in {"ALL", "REJECT"}
	log.DeliverLogsStatus != "FAILED"
]

pass if count(good) > 0

fail contains {"message": "no flow log of the VPC exists", "at": ""} if {
	is_string(input.properties.VpcId)
	count(logs) == 0
}

fail contains {"message": "no flow log of the VPC is active, is delivered and holds rejected traffic", "at": ""} if {
	count(logs) > 0
	count(good) == 0
}
