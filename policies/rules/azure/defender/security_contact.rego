# METADATA
# title: Security contact and high-severity notifications are not configured
# description: Defender for Cloud finds an attack and tells nobody who would look in time.
# scope: package
# custom:
#   id: AZ-DEF-002
#   severity: medium
#   objective: incident.readiness
#   resource: Microsoft.Resources/subscriptions
#   remediation:
#     text: Name addresses of the security team and turn on notifications for alerts of high severity or less.
#     cli: |
#       az security contact create --name default --emails security@example.com --notifications-by-role '{"state": "On", "roles": ["Owner"]}' --alert-notifications '{"state": "On", "minimalSeverity": "High"}'
#     bicep: |
#       targetScope = 'subscription'
#       resource contact 'Microsoft.Security/securityContacts@2023-12-01-preview' = {
#         name: 'default'
#         properties: {
#           isEnabled: true
#           emails: 'security@example.com'
#           notificationsByRole: { state: 'On', roles: [ 'Owner' ] }
#           notificationsSources: [ { sourceType: 'Alert', minimalSeverity: 'High' } ]
#         }
#       }
#     terraform: |
#       resource "azurerm_security_center_contact" "this" {
#         name                = "default"
#         email               = "security@example.com"
#         alert_notifications = true
#         alerts_to_admins    = true
#       }
#   aliases:
#     prowler: [defender_additional_email_configured_with_a_security_contact, defender_ensure_notify_alerts_severity_is_high]
#     trivy: [AVD-AZU-0046, AVD-AZU-0063]
#   references:
#     - https://learn.microsoft.com/en-us/azure/defender-for-cloud/configure-email-notifications
#     - https://learn.microsoft.com/en-us/rest/api/defenderforcloud/security-contacts/list
#   limits: Owners alone do not count as a contact; an address must be named. Whether it is read is not seen. Notifications by other products (Sentinel, workflow automation) are not seen.
package rules.azure.defender.security_contact

import rego.v1

contacts := [contact |
	some contact in input.properties.SecurityContacts
	not contact.isEnabled == false
]

addressed := [contact |
	some contact in contacts
	is_string(contact.emails)
	contains(contact.emails, "@")
]

# Each threshold tells of alerts of high severity.
severities := {"high", "medium", "low"}

word(of, name) := lower(of[name]) if is_string(of[name])

alerted(contact) if {
	is_object(contact.alertNotifications)
	word(contact.alertNotifications, "state") == "on"
	word(contact.alertNotifications, "minimalSeverity") in severities
}

alerted(contact) if {
	is_array(contact.notificationsSources)
	some source in contact.notificationsSources
	word(source, "sourceType") == "alert"
	word(source, "minimalSeverity") in severities
}

told := [contact | some contact in addressed; alerted(contact)]

pass if count(told) > 0

fail contains {"message": "no address is named as security contact", "at": "/SecurityContacts", "key": "contact"} if {
	is_array(input.properties.SecurityContacts)
	count(addressed) == 0
}

fail contains {"message": "the security contact is not told of alerts of high severity", "at": "/SecurityContacts", "key": "alerts"} if {
	count(addressed) > 0
	count(told) == 0
}
