# METADATA
# title: No policy restricts deployment to approved locations
# description: >-
#   Nothing stops somebody from deploying, and so storing personal data, where the organisation never
#   agreed to. The policy prevents; where data lies now is judged by other rules.
# scope: package
# custom:
#   id: AZ-POL-001
#   severity: medium
#   objective: data.residency
#   resource: Microsoft.Resources/subscriptions
#   remediation:
#     text: >-
#       Assign the built-in policy "Allowed locations" to the subscription or to a management group above
#       it, with the approved locations, enforced, and without exclusions.
#     cli: |
#       az policy assignment create --name allowed-locations --scope /subscriptions/SUBSCRIPTION --policy e56962a6-4747-49cd-b67b-bf8b01975c4c --params '{"listOfAllowedLocations": {"value": ["westeurope", "northeurope"]}}'
#     bicep: |
#       targetScope = 'subscription'
#       resource assignment 'Microsoft.Authorization/policyAssignments@2024-04-01' = {
#         name: 'allowed-locations'
#         properties: {
#           policyDefinitionId: '/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c'
#           enforcementMode: 'Default'
#           parameters: { listOfAllowedLocations: { value: [ 'westeurope', 'northeurope' ] } }
#         }
#       }
#     terraform: |
#       resource "azurerm_subscription_policy_assignment" "locations" {
#         name                 = "allowed-locations"
#         subscription_id      = data.azurerm_subscription.current.id
#         policy_definition_id = "/providers/Microsoft.Authorization/policyDefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c"
#         parameters           = jsonencode({ listOfAllowedLocations = { value = ["westeurope", "northeurope"] } })
#       }
#   aliases: {}
#   references:
#     - https://learn.microsoft.com/en-us/azure/governance/policy/samples/built-in-policies
#     - https://learn.microsoft.com/en-us/azure/governance/policy/concepts/assignment-structure
#     - https://learn.microsoft.com/en-us/azure/governance/policy/concepts/exemption-structure
#   params:
#     locations:
#       type: strings
#       description: Locations in which the organisation may deploy, such as westeurope
#   limits: >-
#     Knows the built-in policy, assigned by itself or in an initiative. Policies of one's own that do
#     the same are not recognised. Resource groups have a policy of their own; resources without a
#     location (global) are not restricted. Resources that were there before stay where they are.
package rules.azure.policy.allowed_locations

import rego.v1

definition := "/providers/microsoft.authorization/policydefinitions/e56962a6-4747-49cd-b67b-bf8b01975c4c"

parameter := "listOfAllowedLocations"

approved := {plain(location) | some location in input.params.locations}

# Azure takes "West Europe" and "westeurope" alike.
plain(location) := lower(replace(location, " ", ""))

# Assignments to the subscription or above it: those inside it govern a part only.
above(assignment) if lower(trim_right(assignment.scope, "/")) == lower(input.id)

above(assignment) if startswith(lower(assignment.scope), "/providers/microsoft.management/managementgroups/")

enforced(assignment) if {
	object.get(assignment, "enforcementMode", "Default") in {"Default", null}
	count(filled(assignment, "resourceSelectors")) == 0
	count(filled(assignment, "overrides")) == 0
	not mild(assignment)
}

# Versions of the policy that let the assignment choose what happens.
mild(assignment) if lower(values(assignment).effect.value) in {"audit", "disabled"}

filled(of, name) := list if {
	list := object.get(of, name, [])
	is_array(list)
}

filled(of, name) := [] if object.get(of, name, []) == null

values(assignment) := value if {
	value := assignment.parameters
	is_object(value)
}

# Assignments of the policy, each with the value that it gives the locations.
candidates contains {"id": lower(assignment.id), "of": assignment, "member": "", "locations": value} if {
	some assignment in input.properties.PolicyAssignments
	above(assignment)
	lower(assignment.policyDefinitionId) == definition
	value := values(assignment)[parameter].value
}

candidates contains {"id": lower(assignment.id), "of": assignment, "member": object.get(member, "policyDefinitionReferenceId", ""), "locations": value} if {
	some assignment in input.properties.PolicyAssignments
	above(assignment)
	some initiative in input.properties.PolicySetDefinitions
	lower(initiative.id) == lower(assignment.policyDefinitionId)
	some member in initiative.policyDefinitions
	lower(member.policyDefinitionId) == definition
	value := resolved(member.parameters[parameter].value, assignment, initiative)
}

# A member of an initiative gives the locations, or the name of a parameter of the initiative.
resolved(value, _, _) := value if is_array(value)

resolved(value, assignment, _) := values(assignment)[name(value)].value

resolved(value, assignment, initiative) := initiative.parameters[name(value)].defaultValue if {
	is_object(initiative.parameters)
	not values(assignment)[name(value)].value
}

name(value) := regex.replace(value, `^\[parameters\('([^']+)'\)\]$`, "$1") if is_string(value)

effective := [candidate |
	some candidate in candidates
	enforced(candidate.of)
	is_array(candidate.locations)
]

outside(candidate) := {plain(location) | some location in candidate.locations} - approved

fitting := [candidate | some candidate in effective; count(outside(candidate)) == 0; count(candidate.locations) > 0]

# What an assignment leaves out, and the exemptions from it that still hold.
gaps(candidate) := left_out(candidate) | exempted(candidate)

left_out(candidate) := {lower(scope) |
	some scope in filled(candidate.of, "notScopes")
	startswith(lower(scope), lower(input.id))
}

# A management group that is left out may or may not hold the subscription: then nobody knows.
unclear(candidate) := {scope |
	some scope in filled(candidate.of, "notScopes")
	startswith(lower(scope), "/providers/microsoft.management/")
}

exempted(candidate) := {lower(exemption.id) |
	some exemption in input.properties.PolicyExemptions
	lower(exemption.policyAssignmentId) == candidate.id
	concerns(exemption, candidate)
	holds(exemption)
}

# An exemption from an initiative may name the members that it speaks of.
concerns(exemption, _) if count(filled(exemption, "policyDefinitionReferenceIds")) == 0

concerns(_, candidate) if candidate.member in {"", null}

concerns(exemption, candidate) if {
	is_string(candidate.member)
	some reference in filled(exemption, "policyDefinitionReferenceIds")
	lower(reference) == lower(candidate.member)
}

holds(exemption) if object.get(exemption, "expiresOn", null) == null

holds(exemption) if {
	is_string(exemption.expiresOn)
	time.parse_rfc3339_ns(exemption.expiresOn) > time.parse_rfc3339_ns(input.now)
}

whole := [candidate | some candidate in fitting; count(gaps(candidate)) == 0]

sure := [candidate | some candidate in whole; count(unclear(candidate)) == 0]

read if {
	is_array(input.properties.PolicyAssignments)
	is_array(input.params.locations)
}

pass if {
	read
	count(sure) > 0
}

fail contains {"message": "no enforced assignment of the policy \"Allowed locations\" governs the subscription", "at": "/PolicyAssignments", "key": "none"} if {
	read
	count(effective) == 0
}

fail contains {"message": sprintf("the policy allows locations that are not approved: %s", [concat(", ", outside(candidate))]), "at": "/PolicyAssignments", "key": sprintf("locations/%s", [candidate.id])} if {
	read
	count(fitting) == 0
	some candidate in effective
}

fail contains {"message": sprintf("the policy leaves out %s", [gap]), "at": "/PolicyAssignments", "key": sprintf("without/%s", [gap])} if {
	read
	count(whole) == 0
	some candidate in fitting
	some gap in gaps(candidate)
}
