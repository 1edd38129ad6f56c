# METADATA
# title: SSH offers a weak cipher once list edits are applied
# description: >-
#   Weak ciphers let recorded sessions be read or altered. The list is what is left after +, -
#   and ^ are applied to the default of the installed version.
# scope: package
# custom:
#   id: LINUX-SSH-008
#   severity: high
#   objective: crypto.in_transit
#   resource: linux.sshd
#   remediation:
#     text: >-
#       Name strong ciphers alone, or take the weak ones out of the list.
#     cli: |
#       printf 'Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr\n' > /etc/ssh/sshd_config.d/00-ciphers.conf
#       sshd -t && systemctl reload ssh   # or sshd, elsewhere than on Debian
#   aliases:
#     catalogue: [ssh.ciphers]
#   references:
#     - https://man.openbsd.org/sshd_config#Ciphers
#   params:
#     weak:
#       type: strings
#       description: >-
#         Parts of the names of ciphers that are too weak.
#       default: ["-cbc", "arcfour", "3des", "blowfish", "cast128", "none", "des-"]
#   limits: >-
#     Where the version of sshd cannot be read from the program, the defaults of 9.2 are
#     taken. Whether strict key exchange is on at both ends is not seen.
package rules.linux.ssh.ciphers

import rego.v1

weak contains name if {
	some name in input.properties.Ciphers.value
	some mark in input.params.weak
	contains(name, mark)
}

pass if {
	count(input.properties.Ciphers.value) > 0
	count(weak) == 0
}

fail contains {"message": sprintf("%s is offered", [name]), "at": "/Ciphers", "key": name} if some name in weak
