# METADATA
# title: User Access Administrator or Owner is assigned at broad scope
# description: Whoever can give out roles can give itself every one, and at a broad scope that is power over everything below it.
# scope: package
# custom:
#   id: AZ-IAM-002
#   severity: high
#   objective: identity.privileged_access
#   resource: Microsoft.Authorization/roleAssignments
#   remediation:
#     text: Assign at the resource group that needs it; make the assignment eligible in Privileged Identity Management, so that it is activated for some hours; or add a condition that keeps the holder from giving out Owner, User Access Administrator and Role Based Access Control Administrator. At `/` remove the elevated access of global administrators.
#     terraform: |
#       resource "azurerm_pim_eligible_role_assignment" "this" {
#         scope              = data.azurerm_subscription.this.id
#         role_definition_id = "${data.azurerm_subscription.this.id}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
#         principal_id       = azuread_group.platform.object_id
#       }
#     bicep: |
#       resource eligible 'Microsoft.Authorization/roleEligibilityScheduleRequests@2022-04-01-preview' = {
#         name: guid(subscription().id, principalId)
#         properties: {
#           principalId: principalId
#           requestType: 'AdminAssign'
#           roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '8e3af657-a8ff-443c-a75c-2fe8c4bcb635')
#           scheduleInfo: { expiration: { type: 'NoExpiration' } }
#         }
#       }
#     cli: az role assignment delete --ids ASSIGNMENT
#   aliases:
#     prowler: [iam_role_user_access_admin_restricted]
#   references:
#     - https://learn.microsoft.com/azure/role-based-access-control/elevate-access-global-admin
#     - https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview
#     - https://learn.microsoft.com/azure/role-based-access-control/best-practices
#   params:
#     most_owners:
#       type: integer
#       description: standing assignments of a subscription that may give out any role (Microsoft Defender for Cloud advises at most 3)
#       default: 3
#   limits: Eligible assignments and activations of Privileged Identity Management are not standing and pass. Activations at a management group are known only as far as a subscription below lists them. Rights through Azure Lighthouse and of classic administrators are not read.
package rules.azure.authorization.broad_owner

import rego.v1

access := input.derived.access

standing := input.derived.standing

not_applicable contains {"reason": "the role cannot give out any role"} if access.level in {"none", "write"}

broad := {
	"root": "over every management group and subscription",
	"management_group": "over a management group",
}

pass if {
	access.level == "owner"
	access.scope in {"resource_group", "resource"}
}

pass if {
	access.level == "owner"
	standing.activated == true
}

pass if {
	access.level == "owner"
	access.scope == "subscription"
	is_number(standing.holders)
	standing.holders <= input.params.most_owners
}

fail contains {"message": sprintf("%s holds for good %s", [access.role, broad[access.scope]]), "at": "/scope"} if {
	access.level == "owner"
	standing.activated == false
	access.scope in object.keys(broad)
}

fail contains {"message": sprintf("%s is one of %d standing assignments of the subscription that can give out any role, more than %d", [access.role, standing.holders, input.params.most_owners]), "at": "/scope"} if {
	access.level == "owner"
	standing.activated == false
	access.scope == "subscription"
	standing.holders > input.params.most_owners
}
