# METADATA
# title: An enabled unit comes from no package and is not declared
# description: >-
#   A unit that no package brought is either the organisation's own or somebody else's: units are the
#   usual way to come back after every restart. Declare your own, and the rest stands out.
# scope: package
# custom:
#   id: LINUX-SVC-002
#   severity: medium
#   objective: supply_chain.provenance
#   resource: linux.unit
#   remediation:
#     text: >-
#       Find out who made the unit and what it runs. Declare it in `declared_units`, ship it in a
#       package, or remove it.
#     cli: |
#       systemctl cat UNIT
#       systemctl disable --now UNIT
#   aliases:
#     catalogue: [svc.unpackaged_unit]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
#   params:
#     declared_units:
#       type: strings
#       description: >-
#         Units that are the organisation's own, by name (`backup.service`); `*` stands for any text.
#       default: []
#   limits: >-
#     Units that run nothing themselves (mounts, swap, targets, slices) are not judged.
#     Packages are known from the databases of dpkg, rpm and apk.
#     Whether the content of a package's file was changed is not looked at here. Units that generators
#     of others write at boot are not seen.
package rules.linux.svc.unit_without_package

import rego.v1

not_applicable contains {"reason": "the unit does not start"} if {
	not input.properties.Starts.value in {"at_boot", "on_demand"}
}

not_applicable contains {"reason": "units of this kind run no program"} if passive

passive if {
	some suffix in {".mount", ".automount", ".swap", ".target", ".slice", ".device", ".scope"}
	endswith(input.properties.Name, suffix)
}

declared if {
	some pattern in input.params.declared_units
	glob.match(pattern, null, input.properties.Name)
}

pass if {
	not passive
	input.properties.Starts.value in {"at_boot", "on_demand"}
	is_string(input.properties.Package)
}

pass if {
	not passive
	input.properties.Starts.value in {"at_boot", "on_demand"}
	input.properties.Package == null
	declared
}

fail contains {"message": sprintf("%s starts, comes from no package and is not declared", [input.properties.Name]), "at": "/Fragment"} if {
	not passive
	input.properties.Starts.value in {"at_boot", "on_demand"}
	input.properties.Package == null
	not declared
}
