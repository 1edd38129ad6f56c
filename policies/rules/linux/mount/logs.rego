# METADATA
# title: Log or audit data shares a volume with other data
# description: >-
#   Other data can fill the volume, and then nothing is recorded any more.
# scope: package
# custom:
#   id: LINUX-MNT-005
#   severity: low
#   objective: logging.protect
#   resource: linux.mount
#   remediation:
#     text: >-
#       Give /var/log, and /var/log/audit where the audit daemon writes there, a volume of its own.
#     cli: |
#       printf 'UUID=… /var/log ext4 rw,nosuid,nodev,noexec 0 2\n' >> /etc/fstab
#   aliases:
#     catalogue: [mnt.log_audit]
#   references:
#     - https://man7.org/linux/man-pages/man8/mount.8.html
#     - https://man7.org/linux/man-pages/man5/fstab.5.html
#     - https://man7.org/linux/man-pages/man5/systemd.mount.5.html
#   limits: >-
#     Volumes that systemd finds by their partition type, ZFS's own mounts, autofs, and mounts
#     given on the kernel's command line are not read. Logs that are written elsewhere than below
#     /var/log are not looked for.
package rules.linux.mount.logs

import rego.v1

here if input.properties.MountPoint in {"/var/log", "/var/log/audit"}

not_applicable contains {"reason": "another mount point"} if {
	not here
}

not_applicable contains {"reason": "there is no such directory"} if {
	here
	input.properties.Exists == false
}

pass if {
	here
	input.properties.Exists == true
	input.properties.OwnVolume.value == true
}

fail contains {"message": sprintf("%s is no volume of its own", [input.properties.MountPoint]), "at": "/OwnVolume", "key": "separate"} if {
	here
	input.properties.Exists == true
	input.properties.OwnVolume.value == false
}
