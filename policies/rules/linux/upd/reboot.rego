# METADATA
# title: The running kernel is older than the newest installed
# description: >-
#   A fix on the disk protects nothing until it runs.
# scope: package
# custom:
#   id: LINUX-UPD-006
#   severity: medium
#   objective: vulnerability.patching
#   resource: linux.updates
#   remediation:
#     text: >-
#       Restart the host into the newest kernel; check the boot loader's default where it keeps coming
#       up with the old one.
#     cli: |
#       uname -r; ls /boot/vmlinuz-*
#       systemctl reboot
#   aliases:
#     catalogue: [upd.reboot]
#   references:
#     - https://manpages.debian.org/bookworm/linux-base/linux-version.1.en.html
#   limits: >-
#     Kernels of the running one's flavour are compared; live patches are not known. A disk that does
#     not run is not assessed where it holds a kernel.
package rules.linux.upd.reboot

import rego.v1

not_applicable contains {"reason": "the host has no kernel of its own"} if count(input.properties.Kernels) == 0

not_applicable contains {"reason": "the host runs on the kernel of another"} if {
	count(input.properties.Kernels) > 0
	input.properties.RunningKernel == null
}

pass if {
	count(input.properties.Kernels) > 0
	input.properties.RunningKernel.Older == false
}

pending(k) := ", and a restart is asked for" if k.RebootRequired == true

pending(k) := "" if k.RebootRequired != true

fail contains {"message": sprintf("%s runs, %s is installed%s", [k.Release, k.Newest, pending(k)]), "at": "/RunningKernel"} if {
	count(input.properties.Kernels) > 0
	k := input.properties.RunningKernel
	k.Older == true
}
