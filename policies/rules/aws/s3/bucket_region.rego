# METADATA
# title: Bucket is located outside the approved regions
# description: Where data lies decides which law reaches it and whether it was transferred to a third country.
# scope: package
# custom:
#   id: AWS-S3-014
#   severity: high
#   objective: data.residency
#   resource: AWS::S3::Bucket
#   remediation:
#     text: >-
#       A bucket cannot move. Create one in an approved region, copy the objects, change the clients and
#       delete the old bucket; deny s3:CreateBucket elsewhere by a service control policy.
#     cli: aws s3 sync s3://OLD_BUCKET s3://NEW_BUCKET
#   references:
#     - https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingBucket.html
#   params:
#     approved_regions:
#       type: strings
#       description: Regions in which data may lie (`eu-west-1`).
package rules.aws.s3.bucket_region

import rego.v1

region := input.properties.BucketRegion

approved := input.params.approved_regions

pass if {
	is_array(approved)
	region in approved
}

fail contains {"message": sprintf("lies in %s", [region]), "at": "/BucketRegion"} if {
	is_array(approved)
	is_string(region)
	not region in approved
}
