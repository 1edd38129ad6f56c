# METADATA
# title: Swap is present and not encrypted
# description: >-
#   Memory pages with secrets persist on disk in clear. Swap in compressed memory (zram)
#   reaches no disk.
# scope: package
# custom:
#   id: LINUX-CRYPT-002
#   severity: medium
#   objective: crypto.at_rest
#   resource: linux.swap
#   remediation:
#     text: >-
#       Open swap through crypttab with a new random key at every start, use zram, or take the
#       swap away.
#     cli: |
#       swapoff -a
#       echo 'swap UUID=... /dev/urandom swap,cipher=aes-xts-plain64,size=512' >> /etc/crypttab   # then /dev/mapper/swap in /etc/fstab
#   aliases:
#     catalogue: [crypt.swap]
#   references:
#     - https://man7.org/linux/man-pages/man5/crypttab.5.html
#   params:
#     provider_encrypts_swap:
#       type: boolean
#       description: >-
#         Whether the provider encrypts the disks on which swap lies.
#       default: false
#   limits: >-
#     Swap that neither fstab nor a unit names (generated units, partitions found by their type) is
#     not seen; what the provider encrypts has to be declared.
package rules.linux.crypt.swap

import rego.v1

provided if input.params.provider_encrypts_swap == true

state := input.properties.Encryption.value

pass if state == "sound"

pass if {
	state in {"weak", "none"}
	provided
}

fail contains {"message": sprintf("%s is in clear", [input.properties.Source]), "at": "/Encryption"} if {
	state in {"weak", "none"}
	not provided
}
