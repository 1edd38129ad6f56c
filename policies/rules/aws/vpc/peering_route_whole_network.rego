# METADATA
# title: Peering route exposes an entire VPC to its peer
# description: >-
#   A route that holds the peer's whole range lets everything here talk to everything there.
#   Whoever breaks into one network stands in both.
# scope: package
# custom:
#   id: AWS-VPC-004
#   severity: medium
#   objective: network.segmentation
#   resource: AWS::EC2::RouteTable
#   remediation:
#     text: Route only to the subnets of the peer that are needed.
#     terraform: |
#       resource "aws_route" "peer_database" {
#         route_table_id            = aws_route_table.this.id
#         destination_cidr_block    = "10.1.20.0/24"
#         vpc_peering_connection_id = aws_vpc_peering_connection.this.id
#       }
#     cli: |
#       aws ec2 create-route --route-table-id TABLE_ID --destination-cidr-block 10.1.20.0/24 --vpc-peering-connection-id PCX_ID
#       aws ec2 delete-route --route-table-id TABLE_ID --destination-cidr-block 10.1.0.0/16
#   aliases:
#     prowler: [vpc_peering_routing_tables_with_least_privilege]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/peering/peering-configurations-partial-access.html
#   limits: >-
#     A route is judged by the blocks of the peer's VPC as the peering connection shows them.
#     Several routes that together hold a block are judged one by one.
package rules.aws.vpc.peering_route_whole_network

import rego.v1

routes := input.derived.peering_routes

whole := [route |
	some route in routes
	route.whole == true
]

not_applicable contains {"reason": "no route leads to a peer"} if {
	is_array(routes)
	count(routes) == 0
}

pass if {
	is_array(routes)
	count(whole) == 0
}

fail contains {"message": sprintf("%s holds the whole of %s (%s) behind %s", [route.destination, route.peer_vpc, concat(", ", route.covers), route.connection]), "at": route.at, "key": concat("/", [route.connection, route.destination])} if {
	some route in whole
}
