# METADATA
# title: A data volume is encrypted soundly neither on the host nor by the provider
# description: >-
#   A lost, copied or reused disk gives up its data. Lines of fstab and mount units that name local disks are
#   judged, boot files left out.
# scope: package
# custom:
#   id: LINUX-CRYPT-001
#   severity: high
#   objective: crypto.at_rest
#   resource: linux.volume
#   remediation:
#     text: >-
#       Move the data to a LUKS2 volume that crypttab opens, or have the provider encrypt the
#       disk and declare its mount point.
#     cli: |
#       cryptsetup luksFormat --type luks2 /dev/sdX1
#       blkid /dev/sdX1   # its UUID goes to /etc/crypttab
#       update-initramfs -u
#   aliases:
#     catalogue: [crypt.volumes, LNX-ENC-001]
#   references:
#     - https://man7.org/linux/man-pages/man5/crypttab.5.html
#   params:
#     provider_encrypted:
#       type: strings
#       description: >-
#         Mount points whose disks the provider encrypts; "*" for all.
#       default: []
#   limits: >-
#     Devices are not opened: a file system that encrypts itself (ZFS, fscrypt), a disk that
#     does, and volumes below LVM or RAID are not seen; the last are not assessed while a
#     mapping could hold them. Mount units count with the rules for mounts.
package rules.linux.crypt.volumes

import rego.v1

provided if input.properties.MountPoint in input.params.provider_encrypted

provided if "*" in input.params.provider_encrypted

state := input.properties.Encryption.value

pass if state == "sound"

pass if {
	state in {"weak", "none"}
	provided
}

fail contains {"message": sprintf("%s is not encrypted", [input.properties.MountPoint]), "at": "/Encryption"} if {
	state == "none"
	not provided
}

fail contains {"message": sprintf("the cipher of %s does not protect", [input.properties.MountPoint]), "at": "/Encryption"} if {
	state == "weak"
	not provided
}
