# METADATA
# title: Temporary directory is not separate or lacks restrictive options in the unit that counts
# description: >-
#   Everybody may write to /tmp. Intruders drop and run programs there, and once it is full the
#   host stops.
# scope: package
# custom:
#   id: LINUX-MNT-001
#   severity: medium
#   objective: config.hardening
#   resource: linux.mount
#   remediation:
#     text: >-
#       Mount /tmp as a volume of its own with nosuid, nodev and noexec, in the place that counts:
#       a unit or mask in /etc/systemd/system hides the line of fstab, a drop-in changes either,
#       and of several options the last counts.
#     cli: |
#       printf 'tmpfs /tmp tmpfs rw,nosuid,nodev,noexec,mode=1777 0 0\n' >> /etc/fstab
#       systemctl unmask tmp.mount
#       systemctl cat tmp.mount
#   aliases:
#     catalogue: [mnt.tmp]
#   references:
#     - https://man7.org/linux/man-pages/man8/mount.8.html
#     - https://man7.org/linux/man-pages/man5/fstab.5.html
#     - https://man7.org/linux/man-pages/man5/systemd.mount.5.html
#   params:
#     options: {type: strings, description: "Options that must be in effect: nosuid, nodev, noexec", default: [nosuid, nodev, noexec]}
#   limits: >-
#     Volumes that systemd finds by their partition type, ZFS's own mounts, autofs, and mounts
#     given on the kernel's command line are not read. Directories that services and sign-ins get
#     for themselves (PrivateTmp, pam_namespace) are no replacement here.
package rules.linux.mount.tmp

import rego.v1

here if input.properties.MountPoint in {"/tmp"}

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
	input.properties.OwnVolume.value == true
	count([o | some o in input.params.options; has[o] == true]) == count(input.params.options)
}

fail contains {"message": sprintf("%s is no volume of its own", [input.properties.MountPoint]), "at": "/OwnVolume", "key": "separate"} if {
	here
	input.properties.OwnVolume.value == false
}

fail contains {"message": sprintf("%s lacks %s (the options of %s count)", [input.properties.MountPoint, o, input.properties.Covering]), "at": sprintf("/%s", [facet[o]]), "key": o} if {
	here
	some o in input.params.options
	has[o] == false
}
