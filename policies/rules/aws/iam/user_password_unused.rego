# METADATA
# title: Console password has been unused for 45 days or more
# description: Accounts that nobody signs in to often belong to people who left, and nobody notices when somebody else does.
# scope: package
# custom:
#   id: AWS-IAM-014
#   severity: medium
#   objective: identity.unused_access
#   resource: AWS::IAM::User
#   remediation:
#     text: Remove the password, or the user.
#     cli: aws iam delete-login-profile --user-name USER
#   aliases:
#     prowler: [iam_user_console_access_unused]
#     trivy: [AVD-AWS-0144]
#     securityhub: [IAM.8]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_finding-unused.html
#   params:
#     max_days:
#       type: integer
#       description: days without use from which a password counts as unused
#       default: 45
#   limits: The credential report is up to four hours old.
package rules.aws.iam.user_password_unused

import rego.v1

import data.lib.time

not_applicable contains {"reason": "the user has no password"} if {
	input.properties.CredentialReport.password_enabled == false
}

# Never used: idle since the password was set.
since := [t |
	report := input.properties.CredentialReport
	some t in [report.password_last_used, report.password_last_changed, report.user_creation_time]
	is_string(t)
][0]

idle := time.days(since, input.now)

pass if idle < input.params.max_days

fail contains {"message": sprintf("the password was not used for %d days", [idle]), "at": "/CredentialReport/password_last_used"} if {
	idle >= input.params.max_days
}
