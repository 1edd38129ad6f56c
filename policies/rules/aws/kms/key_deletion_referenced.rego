# METADATA
# title: Key is scheduled for deletion while still referenced
# description: Once the key is gone, everything encrypted under it is lost for good. A resource that names the key still depends on it.
# scope: package
# custom:
#   id: AWS-KMS-004
#   severity: high
#   objective: resilience.deletion_protection
#   resource: AWS::KMS::Key
#   remediation:
#     text: Cancel the deletion and enable the key, re-encrypt what names it under another key, then schedule the deletion again.
#     cli: aws kms cancel-key-deletion --key-id KEY_ID && aws kms enable-key --key-id KEY_ID
#   aliases:
#     prowler: [kms_cmk_not_deleted_unintentionally]
#     securityhub: [KMS.3]
#   references:
#     - https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
#   limits: >-
#     Looks at buckets, volumes, snapshots, databases, trails and log groups of the key's account. Objects
#     stored under the key, other services and other accounts are not seen: a pass is no leave to delete.
package rules.aws.kms.key_deletion_referenced

import rego.v1

not_applicable contains {"reason": "the key is not scheduled for deletion"} if {
	is_string(input.properties.KeyState)
	not input.properties.KeyState in {"PendingDeletion", "PendingReplicaDeletion"}
}

references := input.derived.kms_references

pass if references.Count == 0

fail contains {"message": sprintf("still named by %d resources (%s)", [references.Count, concat(", ", references.Examples)]), "at": "/KeyState"} if {
	references.Count > 0
}
