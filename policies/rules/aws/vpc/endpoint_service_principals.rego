# METADATA
# title: Endpoint service accepts principals outside the approved list
# description: >-
#   Whoever is named here may ask for a private path into the service. A star invites every AWS
#   account.
# scope: package
# custom:
#   id: AWS-VPC-007
#   severity: medium
#   objective: identity.external_trust
#   resource: AWS::EC2::VPCEndpointService
#   remediation:
#     text: Remove the principal, or have it approved and add its account to the list.
#     terraform: |
#       resource "aws_vpc_endpoint_service_allowed_principal" "partner" {
#         vpc_endpoint_service_id = aws_vpc_endpoint_service.this.id
#         principal_arn           = "arn:aws:iam::111122223333:root"
#       }
#     cli: |
#       aws ec2 modify-vpc-endpoint-service-permissions --service-id SERVICE_ID --remove-allowed-principals PRINCIPAL_ARN
#   aliases:
#     prowler: [vpc_endpoint_services_allowed_principals_trust_boundaries]
#   references:
#     - https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#add-remove-permissions
#   params:
#     approved:
#       type: strings
#       description: account ids or principal ARNs that may use endpoint services
#   limits: >-
#     The own account is always approved. An acceptance that is required does not make a principal
#     approved.
package rules.aws.vpc.endpoint_service_principals

import rego.v1

principals := input.properties.VPCEndpointServicePermissions.AllowedPrincipals

approved := array.concat(input.params.approved, [input.account])

known(principal) if principal in approved

known(principal) if split(principal, ":")[4] in approved

foreign := [principal |
	some principal in principals
	not known(principal)
]

pass if {
	is_array(principals)
	is_array(approved)
	count(foreign) == 0
}

fail contains {"message": sprintf("%s may use the service and is not approved", [principal]), "at": "/VPCEndpointServicePermissions/AllowedPrincipals", "key": principal} if {
	some principal in foreign
}
