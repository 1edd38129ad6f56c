# METADATA
# title: Internet-reachable instance carries a privileged instance profile
# description: >-
#   Whoever breaks into an instance that the internet reaches holds its role's credentials. Where
#   the role is an administrator, or can make itself one, the account is lost with the host.
# scope: package
# custom:
#   id: AWS-EC2-014
#   severity: high
#   objective: identity.privileged_access
#   resource: AWS::EC2::Instance
#   remediation:
#     text: >-
#       Close the way from the internet (a load balancer in front, no public address), or give the
#       instance a role with the few permissions that it needs.
#     cli: |
#       aws ec2 replace-iam-instance-profile-association --association-id ASSOCIATION_ID --iam-instance-profile Name=NARROW_PROFILE
#   aliases:
#     prowler: [ec2_instance_internet_facing_with_instance_profile]
#   references:
#     - https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html
#     - https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html
#   related:
#     - {type: "AWS::IAM::InstanceProfile", scope: account, facets: [derived/privileged]}
#   limits: >-
#     The way is direct: public address, route to an internet gateway, network ACL both ways,
#     security groups. Ways through load balancers or other hosts are not followed: an instance
#     that is reachable only through one of them passes. Where its routes lead to an appliance (the
#     endpoint of a Network Firewall or Gateway Load Balancer, a network interface) or to another
#     network (a transit gateway, a private gateway), what lies behind is not followed, and the
#     instance is not assessed, unless another way is open or another piece of the way is closed.
#     Service control policies are not read.
package rules.aws.ec2.instance_reachable_privileged

import rego.v1

not_applicable contains {"reason": "the instance is terminated"} if {
	input.properties.State.Name in {"shutting-down", "terminated"}
}

not_applicable contains {"reason": "the instance has no instance profile"} if {
	input.properties.IamInstanceProfile == null
}

paths := input.derived.reachability.paths

profiles := [profile |
	some profile in input.related["AWS::IAM::InstanceProfile"]
	profile.id == input.properties.IamInstanceProfile.Arn
]

powers := [power.reason |
	some profile in profiles
	some power in profile.derived.privileged
]

pass if {
	is_array(paths)
	count(paths) == 0
}

pass if {
	count(profiles) > 0
	count(powers) == 0
}

fail contains {"message": sprintf("%s/%s is reached at %s by %s, %s and %s; its role is %s", [path.protocol, data.lib.net.span(path), path.address, path.route_table, path.network_acl, concat(", ", path.groups), powers[0]]), "at": "/IamInstanceProfile"} if {
	count(powers) > 0
	path := paths[0]
}
