# METADATA
# title: Customer-managed symmetric key has no automatic rotation
# description: The longer one key material is in use, the more data an undetected compromise opens.
# scope: package
# custom:
#   id: AWS-KMS-001
#   severity: medium
#   objective: crypto.key_lifecycle
#   resource: AWS::KMS::Key
#   remediation:
#     text: Turn on automatic rotation (on the primary key of a multi-Region key). Old material stays usable for decryption.
#     terraform: |
#       resource "aws_kms_key" "this" {
#         enable_key_rotation = true
#       }
#     cloudformation: |
#       EnableKeyRotation: true
#     cli: aws kms enable-key-rotation --key-id KEY_ID
#   aliases:
#     prowler: [kms_cmk_rotation_enabled]
#     trivy: [AVD-AWS-0065]
#     securityhub: [KMS.4]
#   references:
#     - https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
#   limits: >-
#     Keys whose material was imported or lies in a custom key store, asymmetric and HMAC keys cannot
#     rotate by themselves and are not judged; whether they are rotated by hand is not seen.
package rules.aws.kms.key_rotation

import rego.v1

not_applicable contains {"reason": "AWS rotates the keys that it manages"} if {
	input.properties.KeyManager == "AWS"
}

not_applicable contains {"reason": "only symmetric encryption keys rotate automatically"} if {
	is_string(input.properties.KeySpec)
	input.properties.KeySpec != "SYMMETRIC_DEFAULT"
}

not_applicable contains {"reason": "key material that KMS did not make does not rotate automatically"} if {
	is_string(input.properties.Origin)
	input.properties.Origin != "AWS_KMS"
}

not_applicable contains {"reason": "the key is being deleted"} if {
	input.properties.KeyState in {"PendingDeletion", "PendingReplicaDeletion"}
}

pass if input.properties.EnableKeyRotation == true

fail contains {"message": "automatic rotation is off", "at": "/EnableKeyRotation"} if {
	input.properties.EnableKeyRotation == false
}
