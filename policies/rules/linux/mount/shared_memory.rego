# METADATA
# title: Shared memory is mounted without effective restrictive options
# description: >-
#   Everybody may write to /dev/shm, and a program that runs there never touches a disk.
# scope: package
# custom:
#   id: LINUX-MNT-003
#   severity: medium
#   objective: config.hardening
#   resource: linux.mount
#   remediation:
#     text: >-
#       Write all options into a line of fstab. The line replaces what init mounted with, so one
#       that says noexec alone takes nosuid and nodev away.
#     cli: |
#       printf 'tmpfs /dev/shm tmpfs rw,nosuid,nodev,noexec 0 0\n' >> /etc/fstab
#       mount -o remount /dev/shm
#   aliases:
#     catalogue: [mnt.shm]
#   references:
#     - https://man7.org/linux/man-pages/man8/mount.8.html
#     - https://man7.org/linux/man-pages/man5/fstab.5.html
#     - https://man7.org/linux/man-pages/man5/systemd.mount.5.html
#   params:
#     options: {type: strings, description: "Options that must be in effect: nosuid, nodev, noexec", default: [nosuid, nodev, noexec]}
#   limits: >-
#     Volumes that systemd finds by their partition type, ZFS's own mounts, autofs, and mounts
#     given on the kernel's command line are not read. systemd mounts it before it starts any unit:
#     options that only a unit dev-shm.mount asks for are not assessed.
package rules.linux.mount.shared_memory

import rego.v1

here if input.properties.MountPoint in {"/dev/shm"}

not_applicable contains {"reason": "another mount point"} if {
	not here
}

has := {
	"nosuid": input.properties.NoSuid.value,
	"nodev": input.properties.NoDev.value,
	"noexec": input.properties.NoExec.value,
}

facet := {"nosuid": "NoSuid", "nodev": "NoDev", "noexec": "NoExec"}

pass if {
	here
	count([o | some o in input.params.options; has[o] == true]) == count(input.params.options)
}

fail contains {"message": sprintf("%s lacks %s (the options of %s count)", [input.properties.MountPoint, o, input.properties.Covering]), "at": sprintf("/%s", [facet[o]]), "key": o} if {
	here
	some o in input.params.options
	has[o] == false
}
