# METADATA
# title: No mandatory access control system is on at boot
# description: >-
#   Neither AppArmor nor SELinux confines programs after the next start: switched off by the kernel's
#   command line or by its configuration, permissive, or without a unit that loads its profiles.
# scope: package
# custom:
#   id: LINUX-MAC-001
#   severity: medium
#   objective: config.hardening
#   resource: linux.mac
#   remediation:
#     text: >-
#       Take `apparmor=0`, `selinux=0` and `enforcing=0` from the kernel's command line; enable
#       apparmor.service, or set `SELINUX=enforcing`.
#     cli: |
#       systemctl enable --now apparmor.service
#       sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config
#   aliases:
#     catalogue: [mac.active, LNX-MAC-001]
#   references:
#     - https://docs.kernel.org/admin-guide/LSM/index.html
#   limits: >-
#     Judged is the next start. Where the kernel's build is not on the disk, its default is taken from
#     the distribution. Every ordinary entry of the boot menu must leave the system on.
package rules.linux.mac.none_active

import rego.v1

pass if input.properties.Active.on == true

fail contains {"message": sprintf("%s: %s", [input.properties.Active.system, input.properties.Active.why]), "at": "/Active"} if {
	input.properties.Active.on == false
}
