# METADATA
# title: Key policy grants use to accounts outside the approved list
# description: Another account that may use the key can decrypt whatever was encrypted under it and reaches that account. Grants count like the policy.
# scope: package
# custom:
#   id: AWS-KMS-003
#   severity: high
#   objective: crypto.key_access
#   resource: AWS::KMS::Key
#   remediation:
#     text: Remove the account from the named statement or revoke the grant, or approve the account in `approved_accounts` after a review.
#     cli: aws kms revoke-grant --key-id KEY_ID --grant-id GRANT_ID
#   references:
#     - https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-modifying-external-accounts.html
#     - https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
#   params:
#     approved_accounts:
#       type: strings
#       description: >-
#         Accounts that may use keys: 12-digit account ids or organisation ids (`o-…`). `*` approves everybody.
#   limits: The other account's own policies decide who in it gets the access. AWS services do not count as accounts.
package rules.aws.kms.key_external_access

import rego.v1

not_applicable contains {"reason": "AWS writes the policies of the keys that it manages"} if {
	input.properties.KeyManager == "AWS"
}

shares := input.derived.kms_external_access

approved := input.params.approved_accounts

foreign := [share | some share in shares; not share.Account in approved]

pass if {
	is_array(approved)
	is_array(shares)
	count(foreign) == 0
}

fail contains {"message": share.Message, "at": share.At, "key": share.Key} if some share in foreign
