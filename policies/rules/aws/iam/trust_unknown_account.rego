# METADATA
# title: Role trusts an account outside the organisation and outside the approved list
# description: Attackers keep a way back by letting an account of theirs assume a role.
# scope: package
# custom:
#   id: AWS-IAM-035
#   severity: high
#   objective: identity.external_trust
#   resource: AWS::IAM::Role
#   remediation:
#     text: Find out whose account it is; remove it from the trust policy, or approve it.
#     cli: aws iam update-assume-role-policy --role-name ROLE --policy-document file://trust.json
#   aliases:
#     prowler: [iam_role_cross_account_readonlyaccess_policy]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-user.html
#   related:
#     - {type: "AWS::Organizations::Account", scope: estate, facets: [AccountId]}
#   params:
#     approved_accounts:
#       type: strings
#       description: ids of accounts outside the organisation that roles may trust
#   limits: Principals that were deleted (AIDA…, AROA…) name no account and are not judged.
package rules.aws.iam.trust_unknown_account

import rego.v1

own := {a.properties.AccountId | some a in input.related["AWS::Organizations::Account"]}

external := {account | some s in input.derived.trust; some account in s.external_accounts}

not_applicable contains {"reason": "the role trusts no other account"} if count(external) == 0

unknown := {account |
	some account in external
	not account in own
	not account in input.params.approved_accounts
}

pass if {
	is_array(input.params.approved_accounts)
	count(unknown) == 0
}

fail contains {"message": sprintf("the role trusts account %s, which is neither of the organisation nor approved", [account]), "at": "/AssumeRolePolicyDocument", "key": account} if {
	is_array(input.params.approved_accounts)
	some account in unknown
}
