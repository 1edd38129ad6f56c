# METADATA
# title: Expired server certificate is still stored in IAM
# description: An expired certificate may be deployed by mistake, and clients learn to click warnings away.
# scope: package
# custom:
#   id: AWS-IAM-041
#   severity: medium
#   objective: crypto.certificate_lifecycle
#   resource: AWS::IAM::ServerCertificate
#   remediation:
#     text: Delete the certificate; let Certificate Manager renew the one in use.
#     cli: aws iam delete-server-certificate --server-certificate-name NAME
#   aliases:
#     prowler: [iam_no_expired_server_certificates_stored]
#     trivy: [AVD-AWS-0168]
#     securityhub: [IAM.26]
#   references:
#     - https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_server-certs.html
package rules.aws.iam.server_certificate_expired

import rego.v1

left := time.parse_rfc3339_ns(input.properties.Expiration) - time.parse_rfc3339_ns(input.now)

pass if left > 0

fail contains {"message": sprintf("the certificate expired on %s", [input.properties.Expiration]), "at": "/Expiration"} if {
	left <= 0
}
