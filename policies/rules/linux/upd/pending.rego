# METADATA
# title: A known security update is missing
# description: >-
#   Published flaws have public exploits. Compared are the installed packages with the lists of
#   security updates that lie on the disk: those of releases for security (apt), the advisories that
#   the distribution calls so (dnf, yum, zypper). What these know to be missing is missing; that
#   nothing is missing they prove for seven days only.
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
#       dnf upgrade --security     # RHEL family
#       zypper patch --category security
#       apk upgrade --available
#   aliases:
#     catalogue: [upd.pending, LNX-PAT-001]
#   references:
#     - https://www.debian.org/security/
#     - https://manpages.debian.org/bookworm/dpkg-dev/deb-version.7.en.html
#   limits: >-
#     Read are the databases of dpkg, rpm and apk, and the lists of enabled sources that a package
#     manager left on the disk (not those packed with bzip2 or zchunk). Hosts without lists, or with
#     lists older than seven days, are not assessed. Alpine's indexes, and rpm repositories without
#     advisories, do not say what is for security: where they offer something newer the host is not
#     assessed, and where they offer nothing newer it passes. Fixes that nobody published, or that came
#     with a point release only, are not known.
package rules.linux.upd.pending

import rego.v1

pass if count(input.properties.Pending) == 0

held(p) := " (held)" if p.Held == true

held(p) := "" if p.Held != true

by(p) := sprintf(" (%s)", [p.Advisory]) if is_string(p.Advisory)

by(p) := "" if not is_string(p.Advisory)

fail contains {"message": sprintf("%s %s is installed, %s is there%s%s", [p.Package, p.Installed, p.Candidate, by(p), held(p)]), "at": sprintf("/Pending/%d", [i]), "key": sprintf("%s:%s", [p.Package, p.Architecture])} if {
	some i, p in input.properties.Pending
}
