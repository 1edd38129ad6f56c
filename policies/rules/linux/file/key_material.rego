# METADATA
# title: A private key on disk is readable by others
# description: >-
#   A copied key lets others decrypt what it protects, or pose as its owner, and nobody notices
#   the copy.
# scope: package
# custom:
#   id: LINUX-FILE-012
#   severity: high
#   objective: crypto.key_access
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Take reading from all but the key's owner, and replace the key: it may have been copied.
#     cli: |
#       chmod u=rw,go= FILE
#   aliases:
#     catalogue: [file.key_material]
#   references:
#     - https://man7.org/linux/man-pages/man7/inode.7.html
#   limits: >-
#     Keys are found by what the file holds, in files whose name or place suggests one and that
#     have at most 256 KiB. A group counts where somebody in it can log in. Keys that packages
#     bring are no secrets. File systems of the kernel, of the network and of containers, read-
#     only images and /run are not walked; the facet LeftOut names what was left out. The first
#     500 names are shown.
package rules.linux.file.key_material

import rego.v1

pass if count([k | some k in input.properties.PrivateKeys; count(k.Readers) == 0]) == count(input.properties.PrivateKeys)

protected(k) := " (with a passphrase)" if k.Passphrase == true

protected(k) := "" if k.Passphrase == false

fail contains {"message": sprintf("the %s%s %s can be read by %s", [k.Kind, protected(k), k.File.path, concat(", ", k.Readers)]), "at": sprintf("/PrivateKeys/%d/File", [i]), "key": k.File.path} if {
	some i, k in input.properties.PrivateKeys
	count(k.Readers) > 0
}
