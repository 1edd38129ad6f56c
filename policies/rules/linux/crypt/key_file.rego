# METADATA
# title: A volume key file is readable by others or lies on the same clear disk
# description: >-
#   A key stored beside the lock protects nothing, and one that others read is theirs too.
#   Files that systemd finds by the volume's name count as well.
# scope: package
# custom:
#   id: LINUX-CRYPT-003
#   severity: high
#   objective: crypto.key_access
#   resource: linux.encrypted_volume
#   remediation:
#     text: >-
#       Put the key on an encrypted volume, a token or a TPM, give it to root alone, and
#       change the key slot: whoever could read the file may have the key.
#     cli: |
#       chmod 400 /etc/keys/data.key && chown root:root /etc/keys/data.key
#       systemd-cryptenroll --tpm2-device=auto /dev/sdX1   # then take the file out of /etc/crypttab
#   aliases:
#     catalogue: [crypt.keyfile]
#   references:
#     - https://man7.org/linux/man-pages/man5/crypttab.5.html
#   limits: >-
#     A key inside the initial ram disk, and one that a script fetches, are not looked at.
package rules.linux.crypt.key_file

import rego.v1

not_applicable contains {"reason": "its key is in no file of this disk"} if input.properties.KeyFile == null

file := input.properties.KeyFile

others := array.concat([sprintf("read by %s", [r]) | some r in file.Access.readers], [sprintf("changed by %s", [w]) | some w in file.Access.writers])

pass if {
	is_array(file.Access.readers)
	is_array(file.Access.writers)
	count(others) == 0
	file.OnClearDisk == false
}

fail contains {"message": sprintf("the key %s can be %s", [file.Access.path, who]), "at": "/KeyFile/Access", "key": who} if some who in others

fail contains {"message": sprintf("the key %s lies on a disk in clear", [file.Access.path]), "at": "/Key", "key": "clear"} if file.OnClearDisk == true
