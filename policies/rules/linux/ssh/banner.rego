# METADATA
# title: SSH shows no notice before login
# description: >-
#   A notice removes the excuse of not knowing that the system is private. A banner file that
#   is missing or empty shows nothing.
# scope: package
# custom:
#   id: LINUX-SSH-016
#   severity: low
#   objective: config.hardening
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Write the notice and name its file with Banner.
#     cli: |
#       printf 'Authorised use only. Sessions are logged.\n' > /etc/issue.net
#       printf 'Banner /etc/issue.net\n' > /etc/ssh/sshd_config.d/00-banner.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.banner_loglevel]
#   references:
#     - https://man.openbsd.org/sshd_config#Banner
#   limits: >-
#     Options that a version of sshd newer than this rule brings are not known. Users of
#     directory services are stood for by samples. The wording is judged elsewhere.
package rules.linux.ssh.banner

import rego.v1

pass if {
	count(input.properties.Banners) > 0
	count([b | some b in input.properties.Banners; b.Shown == false]) == 0
}

fail contains {"message": sprintf("no notice is shown: Banner is %s (%s)", [b.Path, b.Context]), "at": sprintf("/Banners/%d", [i]), "key": b.Context} if {
	some i, b in input.properties.Banners
	b.Shown == false
}
