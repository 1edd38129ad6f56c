# METADATA
# title: Owner of a privileged program is no administrator
# description: An owner adds a secret to the program and signs in as it. So whoever owns a privileged program holds its power, though no list of administrators names them.
# scope: package
# custom:
#   id: AZ-ENT-014
#   severity: high
#   objective: identity.privileged_access
#   resource: Microsoft.Graph/servicePrincipals
#   remediation:
#     text: Remove the owner, of the service principal and of its application. Administrators of applications can change it without owning it.
#     terraform: |
#       resource "azuread_application" "this" {
#         display_name = "directory keeper"
#         owners       = [data.azuread_user.application_administrator.object_id]
#       }
#     cli: |
#       az ad app owner remove --id APP --owner-object-id OWNER
#       az rest --method delete --url https://graph.microsoft.com/v1.0/servicePrincipals/PRINCIPAL/owners/OWNER/\$ref
#   references:
#     - https://learn.microsoft.com/graph/api/serviceprincipal-list-owners
#     - https://learn.microsoft.com/graph/api/application-list-owners
#     - https://learn.microsoft.com/entra/identity/enterprise-apps/overview-assign-app-owners
#   limits: Privileged are programs that can take over the directory (AZ-ENT-013) or hold a privileged directory role; roles in Azure itself do not count here. Administrators are holders, now or after activation, of Global, Application, Cloud Application, Hybrid Identity, Privileged Role and Privileged Authentication Administrator. Custom directory roles and eligible membership of groups (PIM for Groups) are not read. Microsoft's own programs are not judged.
package rules.azure.entra.privileged_owner

import rego.v1

# The tenant in which Microsoft registers its own applications.
microsoft := "f8cdef31-a31e-4b4a-93e4-5f571e91255a"

found := input.derived.outside_owners

not_applicable contains {"reason": "the service principal is disabled: it gets no tokens"} if input.properties.accountEnabled == false

not_applicable contains {"reason": "the program is Microsoft's own"} if {
	is_string(input.properties.appOwnerOrganizationId)
	lower(input.properties.appOwnerOrganizationId) == microsoft
}

not_applicable contains {"reason": "the program is not privileged in the directory"} if count(found.powers) == 0

pass if {
	count(found.powers) > 0
	count(found.owners) == 0
}

fail contains {"message": sprintf("%s owns the %s and is no administrator; the program has %s", [owner.name, owner.of, concat(", ", found.powers)]), "at": "/owners", "key": owner.id} if {
	some owner in found.owners
}
