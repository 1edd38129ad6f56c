# METADATA
# title: A SUID or SGID program belongs to no package or was altered
# description: >-
#   Whoever starts a SUID program gets its owner's rights. One that no package brought, that
#   packages bring without the bit, or whose content was changed is a classic hidden way to root.
# scope: package
# custom:
#   id: LINUX-FILE-004
#   severity: high
#   objective: supply_chain.provenance
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Remove the bit, or reinstall the package whose program was altered.
#     cli: |
#       chmod u-s,g-s FILE
#       apt-get install --reinstall PACKAGE
#   aliases:
#     catalogue: [file.suid_baseline]
#   params:
#     allowed_programs: {type: strings, default: [], description: Paths of programs whose bits are meant}
#   references:
#     - https://man7.org/linux/man-pages/man7/inode.7.html
#     - https://man7.org/linux/man-pages/man1/dpkg.1.html
#   limits: >-
#     rpm and apk record modes: there the package decides. dpkg does not, nor does rpm for files whose
#     mode is set elsewhere: known are the programs that distributions ship with the bits.
#     Scripts are left out, as the kernel ignores their bits, and so are programs that nobody can
#     execute. Mounts with nosuid are not considered. Hosts without a package database are not
#     assessed. File systems of the kernel, of the network and of containers, read-only images
#     and /run are not walked; the facet LeftOut names what was left out. The first 500 names are
#     shown.
package rules.linux.file.suid_baseline

import rego.v1

# The kernel ignores the bits of scripts.
bad[i] := "belongs to no package" if {
	some i, f in input.properties.SuidPrograms
	counts(f)
	f.Package == null
}

bad[i] := "is not what its package brought" if {
	some i, f in input.properties.SuidPrograms
	counts(f)
	f.Package != null
	f.Altered == true
}

bad[i] := "carries the bit, though its package is not known to give it" if {
	some i, f in input.properties.SuidPrograms
	counts(f)
	f.Package != null
	f.Altered == false
	f.Known == false
}

counts(f) if {
	f.Script == false
	not f.File.path in input.params.allowed_programs
}

bits(f) := "SUID" if f.Suid == true

bits(f) := "SGID" if {
	f.Suid == false
	f.Sgid == true
}

pass if {
	count(input.properties.SuidPrograms) >= 0
	count(bad) == 0
}

fail contains {"message": sprintf("%s is %s and %s", [f.File.path, bits(f), why]), "at": sprintf("/SuidPrograms/%d/File", [i]), "key": f.File.path} if {
	some i, why in bad
	f := input.properties.SuidPrograms[i]
}
