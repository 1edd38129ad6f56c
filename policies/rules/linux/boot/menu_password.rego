# METADATA
# title: Boot menu entries can be edited without a password
# description: >-
#   Whoever sits at the console can change an entry so that it starts a root shell.
# scope: package
# custom:
#   id: LINUX-BOOT-002
#   severity: medium
#   objective: config.hardening
#   resource: linux.boot
#   remediation:
#     text: >-
#       Name superusers and give them a password in a script of /etc/grub.d that may be executed,
#       let normal entries start with --unrestricted, and generate the menu again. For systemd-boot
#       set editor no.
#     cli: |
#       grub-mkpasswd-pbkdf2
#       printf 'set superusers="root"\npassword_pbkdf2 root HASH\n' >> /etc/grub.d/40_custom
#       sed -i '/^CLASS=/s/"$/ --unrestricted"/' /etc/grub.d/10_linux
#       update-grub
#   aliases:
#     catalogue: [boot.password]
#   references:
#     - https://www.gnu.org/software/grub/manual/grub/grub.html#Authentication-and-authorisation
#     - https://www.freedesktop.org/software/systemd/man/latest/loader.conf.html
#   limits: >-
#     Judges what was generated; the sources only where nothing was. Passwords of the firmware, and
#     whether a console can be reached at all, are not seen.
package rules.linux.boot.menu_password

import rego.v1

not_applicable contains {"reason": "there is no boot menu on the disk"} if {
	input.properties.EditProtected == null
}

pass if input.properties.EditProtected.value == true

fail contains {"message": "boot entries can be edited without a password", "at": "/EditProtected"} if {
	input.properties.EditProtected.value == false
}
