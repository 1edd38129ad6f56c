# METADATA
# title: File capabilities differ from the package baseline
# description: >-
#   A program with capabilities starts with a part of root's power. One of them, like cap_setuid
#   or cap_dac_override, is as good as all, without any SUID bit to see.
# scope: package
# custom:
#   id: LINUX-FILE-003
#   severity: high
#   objective: config.hardening
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Remove the capabilities, or install the package that brings the program with them.
#     cli: |
#       getcap -r /
#       setcap -r FILE
#   aliases:
#     catalogue: [file.capabilities]
#   params:
#     allowed_programs: {type: strings, default: [], description: Paths of programs whose capabilities are meant}
#   references:
#     - https://man7.org/linux/man-pages/man7/capabilities.7.html
#   limits: >-
#     rpm records capabilities: there the package decides. dpkg and apk do not: known are the programs
#     to which distributions give them, and the most that they give. Hosts without a package database
#     are not assessed. File systems
#     of the kernel, of the network and of containers, read-only images and /run are not walked;
#     the facet LeftOut names what was left out. The first 500 names are shown.
package rules.linux.file.capabilities

import rego.v1

expected(f) if {
	f.Known == true
	f.Package != null
}

expected(f) if f.File.path in input.params.allowed_programs

pass if count([f | some f in input.properties.Capabilities; expected(f)]) == count(input.properties.Capabilities)

fail contains {"message": sprintf("%s has %s, which no package gives it", [f.File.path, concat(", ", array.concat(f.Permitted, f.Inheritable))]), "at": sprintf("/Capabilities/%d/File", [i]), "key": f.File.path} if {
	some i, f in input.properties.Capabilities
	not expected(f)
}
