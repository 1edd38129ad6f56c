# METADATA
# title: A known security update is missing
# description: >-
#   Published flaws have public exploits. Compared are the installed packages with the lists of the
#   releases with security updates that lie on the disk. What these know to be missing is missing;
#   that nothing is missing they prove for seven days only.
# scope: package
# custom:
#   id: LINUX-UPD-005
#   severity: high
#   objective: vulnerability.patching
#   resource: linux.updates
#   remediation:
#     text: >-
#       Install the update; take a hold off where there is one.
#     cli: |
#       apt-get update && apt-get upgrade
#       apt-mark showhold
#   aliases:
#     catalogue: [upd.pending, LNX-PAT-001]
#   references:
#     - https://www.debian.org/security/
#     - https://manpages.debian.org/bookworm/dpkg-dev/deb-version.7.en.html
#   limits: >-
#     Read are dpkg's database and apt's lists (plain, gzip, LZ4), those of enabled sources alone. The
#     databases of rpm and the indexes of apk are not read: hosts with them are not assessed, as are
#     those without lists or with lists older than seven days. Fixes that nobody published, or that
#     came with a point release only, are not known.
package rules.linux.upd.pending

import rego.v1

pass if count(input.properties.Pending) == 0

held(p) := " (held)" if p.Held == true

held(p) := "" if p.Held != true

fail contains {"message": sprintf("%s %s is installed, %s is there%s", [p.Package, p.Installed, p.Candidate, held(p)]), "at": sprintf("/Pending/%d", [i]), "key": sprintf("%s:%s", [p.Package, p.Architecture])} if {
	some i, p in input.properties.Pending
}
