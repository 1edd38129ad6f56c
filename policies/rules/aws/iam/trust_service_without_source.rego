# METADATA
# title: Service trust lacks a source account or source ARN condition although the service supports one
# description: A service acts for every customer. Without a source condition another customer may make it use this role.
# scope: package
# custom:
#   id: AWS-IAM-036
#   severity: low
#   objective: identity.external_trust
#   resource: AWS::IAM::Role
#   remediation:
#     text: Ask for the own account as the source; where the resource is known, for its ARN.
#     terraform: |
#       data "aws_iam_policy_document" "trust" {
#         statement {
#           actions = ["sts:AssumeRole"]
#           principals {
#             type        = "Service"
#             identifiers = ["scheduler.amazonaws.com"]
#           }
#           condition {
#             test     = "StringEquals"
#             variable = "aws:SourceAccount"
#             values   = ["123456789012"]
#           }
#         }
#       }
#   aliases:
#     prowler: [iam_role_cross_service_confused_deputy_prevention]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html#cross-service-confused-deputy-prevention
#   limits: Only services that are known to send a source when they assume a role.
package rules.aws.iam.trust_service_without_source

import rego.v1

import data.lib.iam

not_applicable contains {"reason": "a service-linked role cannot be edited"} if {
	iam.service_linked(input.properties.Path)
}

# Services whose documentation shows aws:SourceAccount or aws:SourceArn in the trust policy of the
# roles that they assume. Others do not send the keys: the condition would lock them out.
supported := {
	"appflow.amazonaws.com", "batchoperations.s3.amazonaws.com", "bedrock.amazonaws.com",
	"bedrock-agentcore.amazonaws.com", "budgets.amazonaws.com", "cloudtrail.amazonaws.com",
	"codebuild.amazonaws.com", "comprehend.amazonaws.com", "config.amazonaws.com",
	"datasync.amazonaws.com", "dms.amazonaws.com", "ecs-tasks.amazonaws.com",
	"events.amazonaws.com", "export.rds.amazonaws.com", "glue.amazonaws.com",
	"imagebuilder.amazonaws.com", "iot.amazonaws.com", "kendra.amazonaws.com",
	"logs.amazonaws.com", "monitoring.rds.amazonaws.com", "personalize.amazonaws.com",
	"pipes.amazonaws.com", "rds.amazonaws.com", "scheduler.amazonaws.com",
	"ssm.amazonaws.com", "states.amazonaws.com", "transcribe.amazonaws.com",
	"transfer.amazonaws.com", "vpc-flow-logs.amazonaws.com",
}

# Narrowing by the organisation of the source is as good.
source := {"aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths"}

concerned := [{"service": service, "s": s} |
	some s in input.derived.trust
	s.effect == "allow"
	is_object(s.principals)
	"sts:assumerole" in s.grants
	some service in s.principals.service
	service in supported
]

not_applicable contains {"reason": "no service is trusted that sends a source"} if count(concerned) == 0

bad := [c |
	some c in concerned
	count([k | some k in c.s.narrowed_by; k in source]) == 0
]

pass if count(bad) == 0

fail contains {"message": sprintf("%s may assume the role for any source", [b.service]), "at": b.s.at, "key": b.service} if {
	some b in bad
}
