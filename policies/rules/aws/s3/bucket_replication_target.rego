# METADATA
# title: Bucket replicates to a region or account that is not approved
# description: A replication rule copies every new object on its own. The copies fall under the law and the control of the place and the account where they arrive.
# scope: package
# custom:
#   id: AWS-S3-015
#   severity: high
#   objective: data.residency
#   resource: AWS::S3::Bucket
#   remediation:
#     text: Remove the rule, or replicate to a bucket in an approved region and account, then delete the copies that were made.
#     cli: aws s3api delete-bucket-replication --bucket BUCKET
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
#   params:
#     approved_regions:
#       type: strings
#       description: Regions in which data may lie (`eu-west-1`).
#     approved_accounts:
#       type: strings
#       description: 12-digit ids of other accounts with which data may be shared. The bucket's own account is always approved.
#   limits: >-
#     The region and the account of a destination are known where the destination bucket was read in the
#     same scan. A destination elsewhere is not assessed, unless the rule itself names an account that is not approved.
package rules.aws.s3.bucket_replication_target

import rego.v1

not_applicable contains {"reason": "no replication is configured"} if {
	input.properties.ReplicationConfiguration == null
}

not_applicable contains {"reason": "every replication rule is disabled"} if {
	rules := input.properties.ReplicationConfiguration.Rules
	is_array(rules)
	count([rule | some rule in rules; rule.Status != "Disabled"]) == 0
}

targets := input.derived.s3_replication_targets

regions := input.params.approved_regions

accounts := input.params.approved_accounts

known_account(account) if account == input.account

known_account(account) if account in accounts

approved(target) if {
	target.Region in regions
	known_account(target.Account)
}

pass if {
	count(targets) > 0
	count([target | some target in targets; approved(target)]) == count(targets)
}

fail contains {"message": sprintf("replicates to %s in %s", [target.Bucket, target.Region]), "at": "/ReplicationConfiguration/Rules", "key": concat("/", ["region", target.Bucket])} if {
	some target in targets
	is_array(regions)
	is_string(target.Region)
	not target.Region in regions
}

fail contains {"message": sprintf("replicates to %s in account %s", [target.Bucket, target.Account]), "at": "/ReplicationConfiguration/Rules", "key": concat("/", ["account", target.Bucket])} if {
	some target in targets
	is_array(accounts)
	is_string(target.Account)
	not known_account(target.Account)
}
