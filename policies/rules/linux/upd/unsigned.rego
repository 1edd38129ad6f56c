# METADATA
# title: A package source skips signature checks
# description: >-
#   Whoever sits on the way to the mirror can serve altered packages, which run as root. A line, a
#   stanza, a repository or a general setting of apt, dnf, yum, zypper or apk is enough; so are keys
#   that others can change.
# scope: package
# custom:
#   id: LINUX-UPD-003
#   severity: critical
#   objective: supply_chain.provenance
#   resource: linux.updates
#   remediation:
#     text: >-
#       Remove the option, give the source the key of its maker (signed-by, gpgkey), and leave the
#       checks on. Keys and keyrings belong to root alone.
#     cli: |
#       apt-config dump | grep -iE 'insecure|unauthenticated|verify'
#       grep -rniE 'trusted|allow-insecure|allow-weak' /etc/apt/sources.list /etc/apt/sources.list.d
#       grep -rn gpgcheck /etc/dnf/dnf.conf /etc/yum.repos.d /etc/zypp
#   aliases:
#     catalogue: [upd.trusted]
#   references:
#     - https://manpages.debian.org/bookworm/apt/sources.list.5.en.html
#     - https://dnf.readthedocs.io/en/latest/conf_ref.html
#     - https://github.com/openSUSE/libzypp/blob/master/zypp.conf
#   limits: >-
#     Signatures themselves are not verified, and options on command lines of jobs are not read.
#     Sources on this host's own disk that only root can change count as safe; sources over plain HTTP
#     do, too, as long as signatures are checked.
package rules.linux.upd.unsigned

import rego.v1

not_applicable contains {"reason": "no package source is enabled"} if {
	count(input.properties.Sources) == 0
	count(input.properties.Unsigned) == 0
}

pass if {
	count(input.properties.Sources) > 0
	count(input.properties.Unsigned) == 0
}

fail contains {"message": p.Why, "at": sprintf("/Unsigned/%d", [i]), "key": p.Why} if {
	count(input.properties.Sources) >= 0
	some i, p in input.properties.Unsigned
}
