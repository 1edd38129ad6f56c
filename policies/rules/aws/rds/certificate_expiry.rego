# METADATA
# title: Database certificate authority is close to expiry
# description: Once the server certificate or its authority expires, clients that verify TLS can no longer connect.
# scope: package
# custom:
#   id: AWS-RDS-014
#   severity: medium
#   objective: crypto.certificate_lifecycle
#   resource: AWS::RDS::DBInstance
#   params:
#     warn_days:
#       type: integer
#       description: How many days before its end a certificate counts as close to expiry.
#       default: 90
#   remediation:
#     text: Give clients the current certificate bundle, then change the instance to a current authority.
#     terraform: |
#       resource "aws_db_instance" "this" {
#         ca_cert_identifier = "rds-ca-rsa2048-g1"
#       }
#     cloudformation: |
#       Type: AWS::RDS::DBInstance
#       Properties:
#         CACertificateIdentifier: rds-ca-rsa2048-g1
#     cli: aws rds modify-db-instance --db-instance-identifier NAME --ca-certificate-identifier rds-ca-rsa2048-g1 --apply-immediately
#   aliases:
#     prowler: [rds_instance_certificate_expiration]
#   references: ["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL-certificate-rotation.html"]
#   limits: The date is that of the instance's server certificate, which never outlives its authority.
package rules.aws.rds.certificate_expiry

import rego.v1

not_applicable contains {"reason": "the instance has no server certificate of RDS"} if {
	input.properties.CertificateDetails == null
}

until := input.properties.CertificateDetails.ValidTill

days_left := floor((time.parse_rfc3339_ns(until) - time.parse_rfc3339_ns(input.now)) / 86400000000000)

pass if days_left >= input.params.warn_days

fail contains {
	"message": sprintf("the certificate from %s ends on %s", [input.properties.CertificateDetails.CAIdentifier, substring(until, 0, 10)]),
	"at": "/CertificateDetails/ValidTill",
} if {
	days_left < input.params.warn_days
}
