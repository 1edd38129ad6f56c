# METADATA
# title: Home volume is not separate or lacks nosuid or nodev
# description: >-
#   Users can bring SUID programs and devices with them, and fill the disk that the system needs.
# scope: package
# custom:
#   id: LINUX-MNT-004
#   severity: low
#   objective: config.hardening
#   resource: linux.mount
#   remediation:
#     text: >-
#       Put /home on a volume of its own and mount it with nosuid and nodev.
#     cli: |
#       printf 'UUID=… /home ext4 rw,nosuid,nodev 0 2\n' >> /etc/fstab
#   aliases:
#     catalogue: [mnt.home]
#   references:
#     - https://man7.org/linux/man-pages/man8/mount.8.html
#     - https://man7.org/linux/man-pages/man5/fstab.5.html
#     - https://man7.org/linux/man-pages/man5/systemd.mount.5.html
#   params:
#     options: {type: strings, description: "Options that must be in effect: nosuid, nodev, noexec", default: [nodev, nosuid]}
#   limits: >-
#     Volumes that systemd finds by their partition type, ZFS's own mounts, autofs, and mounts
#     given on the kernel's command line are not read. Homes elsewhere than below /home are not
#     looked at.
package rules.linux.mount.home

import rego.v1

here if input.properties.MountPoint in {"/home"}

not_applicable contains {"reason": "another mount point"} if {
	not here
}

not_applicable contains {"reason": "there is no such directory"} if {
	here
	input.properties.Exists == false
}

has := {
	"nosuid": input.properties.NoSuid.value,
	"nodev": input.properties.NoDev.value,
	"noexec": input.properties.NoExec.value,
}

facet := {"nosuid": "NoSuid", "nodev": "NoDev", "noexec": "NoExec"}

pass if {
	here
	input.properties.Exists == true
	input.properties.OwnVolume.value == true
	count([o | some o in input.params.options; has[o] == true]) == count(input.params.options)
}

fail contains {"message": sprintf("%s is no volume of its own", [input.properties.MountPoint]), "at": "/OwnVolume", "key": "separate"} if {
	here
	input.properties.Exists == true
	input.properties.OwnVolume.value == false
}

fail contains {"message": sprintf("%s lacks %s (the options of %s count)", [input.properties.MountPoint, o, input.properties.Covering]), "at": sprintf("/%s", [facet[o]]), "key": o} if {
	here
	input.properties.Exists == true
	some o in input.params.options
	has[o] == false
}
