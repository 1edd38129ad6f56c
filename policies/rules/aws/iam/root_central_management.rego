# METADATA
# title: Member-account root credentials are not centrally managed
# description: Root credentials in every member account are as many super-users that nobody watches. The organisation can remove them and manage root centrally.
# scope: package
# custom:
#   id: AWS-IAM-005
#   severity: medium
#   objective: identity.root
#   resource: Assay::AWS::Account
#   remediation:
#     text: In the management account allow IAM to act in the organisation, turn the feature on, then delete the root credentials of the member accounts.
#     terraform: |
#       resource "aws_iam_organizations_features" "this" {
#         enabled_features = ["RootCredentialsManagement", "RootSessions"]
#       }
#     cli: aws organizations enable-aws-service-access --service-principal iam.amazonaws.com && aws iam enable-organizations-root-credentials-management
#   aliases:
#     prowler: [iam_root_credentials_management_enabled]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
#   limits: "Only the management account and a delegated administrator for IAM can read the feature: in other member accounts it is not assessed."
package rules.aws.iam.root_central_management

import rego.v1

not_applicable contains {"reason": "the account belongs to no organisation"} if {
	input.properties.OrganizationsFeatures == null
}

pass if "RootCredentialsManagement" in input.properties.OrganizationsFeatures.EnabledFeatures

fail contains {"message": "central management of root credentials is off", "at": "/OrganizationsFeatures/EnabledFeatures"} if {
	is_array(input.properties.OrganizationsFeatures.EnabledFeatures)
	not "RootCredentialsManagement" in input.properties.OrganizationsFeatures.EnabledFeatures
}
