# METADATA
# title: Guests have broad directory visibility or may be invited by anyone
# description: Guests who may look around learn who works here and in which groups. Where everybody may invite, nobody knows who came in and why.
# scope: package
# custom:
#   id: AZ-ENT-008
#   severity: medium
#   objective: identity.central_lifecycle
#   resource: Assay::Azure::Tenant
#   remediation:
#     text: Restrict guests to their own directory objects, and let only holders of certain roles invite.
#     terraform: |
#       resource "azuread_authorization_policy" "this" {
#         allow_invites_from = "adminsAndGuestInviters"
#         guest_user_role_id = "2af84b1e-32c8-42b7-82bc-daa82404023b"
#       }
#     cli: >-
#       az rest --method patch --url https://graph.microsoft.com/v1.0/policies/authorizationPolicy
#       --body '{"guestUserRoleId": "2af84b1e-32c8-42b7-82bc-daa82404023b", "allowInvitesFrom": "adminsAndGuestInviters"}'
#   aliases:
#     prowler: [entra_policy_guest_users_access_restrictions, entra_policy_guest_invite_only_for_admin_roles]
#   references:
#     - https://learn.microsoft.com/graph/api/resources/authorizationpolicy
#     - https://learn.microsoft.com/entra/identity/users/users-restrict-guest-permissions
#   params:
#     allow_limited_access:
#       type: boolean
#       description: whether guests may have Microsoft's default, limited access, with which they see members of groups that are not hidden
#       default: false
#   limits: Which tenants guests may come from (cross-tenant access settings) is not looked at.
package rules.azure.entra.guest_access

import rego.v1

member := "a0b1b346-4d3e-4e8b-98f8-753987be4970"

limited := "10dae51f-b6af-4016-8d66-8c2a99b929b3"

restricted := "2af84b1e-32c8-42b7-82bc-daa82404023b"

role := lower(input.properties.AuthorizationPolicy.guestUserRoleId)

seen if role == restricted

seen if {
	role == limited
	input.params.allow_limited_access == true
}

invited if input.properties.AuthorizationPolicy.allowInvitesFrom in {"none", "adminsAndGuestInviters"}

pass if {
	seen
	invited
}

fail contains {"message": "guests see the directory as members do", "at": "/AuthorizationPolicy/guestUserRoleId", "key": "visibility"} if {
	role == member
}

fail contains {"message": "guests see members of groups that are not hidden", "at": "/AuthorizationPolicy/guestUserRoleId", "key": "visibility"} if {
	role == limited
	input.params.allow_limited_access == false
}

fail contains {"message": "everybody, guests included, may invite guests", "at": "/AuthorizationPolicy/allowInvitesFrom", "key": "invitations"} if {
	input.properties.AuthorizationPolicy.allowInvitesFrom == "everyone"
}

fail contains {"message": "every member may invite guests", "at": "/AuthorizationPolicy/allowInvitesFrom", "key": "invitations"} if {
	input.properties.AuthorizationPolicy.allowInvitesFrom == "adminsGuestInvitersAndAllMembers"
}
