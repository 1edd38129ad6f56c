# METADATA
# title: The release no longer receives security updates
# description: >-
#   New flaws will never be fixed here. The end of updates comes from a dated table of releases;
#   updates that need a subscription count where the host, or the organisation, says that it has it.
# scope: package
# custom:
#   id: LINUX-UPD-004
#   severity: high
#   objective: vulnerability.patching
#   resource: linux.os
#   remediation:
#     text: >-
#       Upgrade to a release that is supported, or subscribe to the distribution's extended updates.
#     cli: |
#       cat /etc/os-release
#       do-release-upgrade      # Ubuntu
#       pro attach TOKEN        # Ubuntu Pro
#   aliases:
#     catalogue: [upd.supported]
#   references:
#     - https://wiki.debian.org/LTS
#     - https://ubuntu.com/about/release-cycle
#     - https://access.redhat.com/support/policy/updates/errata
#   params:
#     extended_support:
#       type: strings
#       description: >-
#         Subscriptions to extended updates that the organisation has: "Ubuntu Pro", "RHEL ELS",
#         "SLES LTSS", "Oracle Extended Support".
#       default: []
#   limits: >-
#     Releases that are not in the table (newer than its date, or of a distribution that it does not
#     know) are not assessed. Minor releases of the RHEL family are judged by their major release. Of
#     subscriptions only Ubuntu Pro is seen on the host.
package rules.linux.upd.supported

import rego.v1

now := time.parse_rfc3339_ns(input.now)

support := input.properties.Support

not_applicable contains {"reason": "the release rolls: it has no end of support"} if support == null

current if time.parse_rfc3339_ns(support.Ends) >= now

has_extension if support.Extension.Attached == true

has_extension if support.Extension.Name in input.params.extended_support

extended if {
	has_extension
	time.parse_rfc3339_ns(support.Extension.Ends) >= now
}

pass if current

pass if {
	is_object(support)
	not current
	extended
}

fail contains {"message": sprintf("%s: security updates ended on %s (table of %s)", [support.Release, substring(last, 0, 10), support.Table]), "at": "/VersionId"} if {
	is_object(support)
	not current
	not extended
	last := end
}

default end := ""

end := support.Extension.Ends if has_extension

end := support.Ends if {
	is_string(support.Ends)
	not has_extension
}
