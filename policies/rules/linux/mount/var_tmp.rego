# METADATA
# title: Long-lived temporary space lacks effective nosuid, nodev or noexec
# description: >-
#   Files that anyone plants in /var/tmp outlive a restart and can be executed.
# scope: package
# custom:
#   id: LINUX-MNT-002
#   severity: medium
#   objective: config.hardening
#   resource: linux.mount
#   remediation:
#     text: >-
#       Give the mount that /var/tmp lies on nosuid, nodev and noexec: a volume of its own, a bind
#       mount with these options, or those of /var.
#     cli: |
#       printf 'tmpfs /var/tmp tmpfs rw,nosuid,nodev,noexec,mode=1777 0 0\n' >> /etc/fstab
#   aliases:
#     catalogue: [mnt.var_tmp]
#   references:
#     - https://man7.org/linux/man-pages/man8/mount.8.html
#     - https://man7.org/linux/man-pages/man5/fstab.5.html
#     - https://man7.org/linux/man-pages/man5/systemd.mount.5.html
#   params:
#     options: {type: strings, description: "Options that must be in effect: nosuid, nodev, noexec", default: [nosuid, nodev, noexec]}
#   limits: >-
#     Volumes that systemd finds by their partition type, ZFS's own mounts, autofs, and mounts
#     given on the kernel's command line are not read.
package rules.linux.mount.var_tmp

import rego.v1

here if input.properties.MountPoint in {"/var/tmp"}

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
