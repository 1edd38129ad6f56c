# METADATA
# title: Root user was used for routine work recently
# description: What the root user does cannot be traced to a person and cannot be limited. It is for the few tasks that nothing else can do.
# scope: package
# custom:
#   id: AWS-IAM-004
#   severity: high
#   objective: identity.root
#   resource: Assay::AWS::Account
#   remediation:
#     text: Find out who used the root user and why (CloudTrail, userIdentity.type Root); give those tasks to a role.
#   aliases:
#     prowler: [iam_avoid_root_usage]
#     trivy: [AVD-AWS-0140]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-tasks.html
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
#   params:
#     quiet_days:
#       type: integer
#       description: days without any use of the root user
#       default: 30
#   limits: The credential report is up to four hours old and knows the last use only.
package rules.aws.iam.root_usage

import rego.v1

import data.lib.time

used := [t |
	some column in ["password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date"]
	t := input.properties.RootCredentialReport[column]
	is_string(t)
]

recent := [t | some t in used; time.days(t, input.now) < input.params.quiet_days]

pass if {
	is_object(input.properties.RootCredentialReport)
	count(recent) == 0
}

fail contains {"message": sprintf("the root user was last used on %s", [max(recent)]), "at": "/RootCredentialReport"} if {
	count(recent) > 0
}
