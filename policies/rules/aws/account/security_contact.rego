# METADATA
# title: Security alternate contact is not registered
# description: AWS sends abuse reports and breach notices to this contact. Without one they go to the root user's mailbox, where the responders may not read them in time.
# scope: package
# custom:
#   id: AWS-ACCT-001
#   severity: medium
#   objective: incident.readiness
#   resource: Assay::AWS::AlternateContacts
#   remediation:
#     text: Register a shared mailbox and telephone number of the people who respond to incidents.
#     terraform: |
#       resource "aws_account_alternate_contact" "security" {
#         alternate_contact_type = "SECURITY"
#         name                   = "Security team"
#         title                  = "Security"
#         email_address          = "security@example.com"
#         phone_number           = "+1 555 0100"
#       }
#     cli: >-
#       aws account put-alternate-contact --alternate-contact-type SECURITY --name "Security team"
#       --title Security --email-address security@example.com --phone-number "+1 555 0100"
#   aliases:
#     prowler: [account_security_contact_information_is_registered]
#     securityhub: [Account.1]
#   references:
#     - https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-update-contact-alternate.html
#   limits: Whether anybody reads the mailbox cannot be seen.
package rules.aws.account.security_contact

import rego.v1

pass if is_object(input.properties.SecurityContact)

fail contains {"message": "no security contact is registered", "at": "/SecurityContact"} if {
	input.properties.SecurityContact == null
}
