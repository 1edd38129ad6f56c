# METADATA
# title: AWS-managed AdministratorAccess is attached outside the approved principals list
# description: Who holds AdministratorAccess owns the account. That must be a short list which somebody decided on.
# scope: package
# custom:
#   id: AWS-IAM-021
#   severity: high
#   objective: identity.privileged_access
#   resource: [AWS::IAM::User, AWS::IAM::Group, AWS::IAM::Role]
#   remediation:
#     text: Detach the policy, or put the principal on the approved list after a review.
#     cli: aws iam detach-role-policy --role-name ROLE --policy-arn arn:aws:iam::aws:policy/AdministratorAccess
#   aliases:
#     prowler: [iam_aws_attached_policy_no_administrative_privileges, iam_user_administrator_access_policy, iam_role_administratoraccess_policy, iam_group_administrator_access_policy]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
#   params:
#     approved:
#       type: strings
#       description: ARNs of the principals that may hold it; a `*` at the end stands for anything
#   limits: Only the AWS-managed policy of that name; other ways to be an administrator are judged by other rules.
package rules.aws.iam.administrator_access_attached

import rego.v1

import data.lib.iam

attached := [arn | some arn in input.properties.ManagedPolicyArns; endswith(arn, ":iam::aws:policy/AdministratorAccess")]

not_applicable contains {"reason": "AdministratorAccess is not attached"} if count(attached) == 0

pass if iam.listed(input.params.approved, input.id)

fail contains {"message": "AdministratorAccess is attached, and the principal is not on the approved list", "at": "/ManagedPolicyArns"} if {
	is_array(input.params.approved)
	not iam.listed(input.params.approved, input.id)
}
