# METADATA
# title: Key policy allows any principal without conditions
# description: A key that everybody may use protects nothing. Whoever holds a ciphertext can open it, and who may change the key can lock the owner out.
# scope: package
# custom:
#   id: AWS-KMS-002
#   severity: critical
#   objective: crypto.key_access
#   resource: AWS::KMS::Key
#   remediation:
#     text: Name the principals that need the key, or add a condition on kms:CallerAccount, aws:PrincipalOrgID or aws:SourceAccount with fixed values.
#     terraform: |
#       condition {
#         test     = "StringEquals"
#         variable = "kms:CallerAccount"
#         values   = [data.aws_caller_identity.current.account_id]
#       }
#     cli: aws kms get-key-policy --key-id KEY_ID --policy-name default --query Policy --output text
#   aliases:
#     prowler: [kms_key_not_publicly_accessible]
#     securityhub: [KMS.5]
#   references:
#     - https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
#     - https://docs.aws.amazon.com/kms/latest/developerguide/policy-conditions.html
#   limits: Resource control policies of the organisation are not read.
package rules.aws.kms.key_public

import rego.v1

not_applicable contains {"reason": "AWS writes the policies of the keys that it manages"} if {
	input.properties.KeyManager == "AWS"
}

statements := input.derived.kms_public_statements

pass if {
	is_array(statements)
	count(statements) == 0
}

fail contains {"message": statement.Message, "at": statement.At, "key": statement.Key} if some statement in statements
