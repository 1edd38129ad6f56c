# METADATA
# title: Local IAM users exist although federation is configured
# description: A user beside the identity provider is missed when somebody joins, moves or leaves.
# scope: package
# custom:
#   id: AWS-IAM-018
#   severity: medium
#   objective: identity.central_lifecycle
#   resource: AWS::IAM::User
#   remediation:
#     text: Give the person access through the identity provider and delete the user; keep one or two break-glass users under a waiver.
#     cli: aws iam delete-login-profile --user-name USER
#   aliases:
#     prowler: [iam_check_saml_providers_sts, iam_user_with_temporary_credentials]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#bp-users-federation-idp
#   related:
#     - {type: "AWS::IAM::SAMLProvider", scope: account, facets: [Name]}
#   limits: Federation is seen by its SAML provider (IAM Identity Center makes one in each account that it serves). Users without a password count as machines.
package rules.aws.iam.user_beside_federation

import rego.v1

providers := [p.name | some p in input.related["AWS::IAM::SAMLProvider"]]

not_applicable contains {"reason": "no SAML provider is configured: there is no federation to use instead"} if {
	count(providers) == 0
}

pass if input.properties.CredentialReport.password_enabled == false

fail contains {"message": sprintf("the user signs in with a password of its own beside %s", [concat(", ", providers)]), "at": "/CredentialReport/password_enabled"} if {
	count(providers) > 0
	input.properties.CredentialReport.password_enabled == true
}
