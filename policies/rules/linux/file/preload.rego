# METADATA
# title: A library preload or a writable loader path is set
# description: >-
#   A preloaded library runs inside every program, those of root too. A directory of the loader
#   that others can write lets them put one there.
# scope: package
# custom:
#   id: LINUX-FILE-009
#   severity: high
#   objective: config.hardening
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Remove the preload, and give the loader's directories to root alone.
#     cli: |
#       rm /etc/ld.so.preload
#       ldconfig
#   aliases:
#     catalogue: [file.preload]
#   params:
#     allowed_libraries: {type: strings, default: [], description: Libraries whose preload is meant}
#   references:
#     - https://man7.org/linux/man-pages/man8/ld.so.8.html
#   limits: >-
#     Read are ld.so.preload, ld.so.conf with its includes, and the files that set variables for
#     all users, for root and for systemd. Variables of single units are judged with the units.
package rules.linux.file.preload

import rego.v1

pass if {
	count(input.properties.Preload) == 0
	count([d | some d in input.properties.LoaderPath; count(d.Writers) == 0]) == count(input.properties.LoaderPath)
}

fail contains {"message": sprintf("%s loads %s into programs", [p.By, p.Library]), "at": sprintf("/Preload/%d", [i]), "key": sprintf("%s %s", [p.By, p.Library])} if {
	some i, p in input.properties.Preload
	not p.Library in input.params.allowed_libraries
}

pass if {
	count(input.properties.Preload) > 0
	count([p | some p in input.properties.Preload; p.Library in input.params.allowed_libraries]) == count(input.properties.Preload)
	count([d | some d in input.properties.LoaderPath; count(d.Writers) == 0]) == count(input.properties.LoaderPath)
}

fail contains {"message": sprintf("the loader searches %s, which can be changed by %s", [d.Directory, concat(", ", d.Writers)]), "at": sprintf("/LoaderPath/%d", [i]), "key": d.Directory} if {
	some i, d in input.properties.LoaderPath
	count(d.Writers) > 0
}
