# METADATA
# title: Rescue mode gives a shell without a password
# description: >-
#   Whoever reaches the console, or makes a mount fail, becomes root without signing in.
# scope: package
# custom:
#   id: LINUX-BOOT-004
#   severity: medium
#   objective: identity.strong_authentication
#   resource: linux.boot
#   remediation:
#     text: >-
#       Let rescue.service and emergency.service start systemd-sulogin-shell, give root a password
#       or leave it locked without SYSTEMD_SULOGIN_FORCE, and never enable debug-shell.service.
#     cli: |
#       systemctl revert rescue.service emergency.service
#       systemctl disable debug-shell.service
#       grep -rs SYSTEMD_SULOGIN_FORCE /etc/systemd /etc/default/grub /boot
#   aliases:
#     catalogue: [boot.rescue_auth]
#   references:
#     - https://man7.org/linux/man-pages/man8/sulogin.8.html
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd-debug-generator.html
#   limits: >-
#     Also looked at: terminals whose getty signs somebody in without asking. The shell that an initial
#     RAM disk gives when it cannot mount the root, and automatic sign-in on desktops, are not looked
#     for.
package rules.linux.boot.rescue_shell

import rego.v1

pass if count(input.properties.PasswordlessShells) == 0

fail contains {"message": sprintf("%s: %s", [s.Unit, s.Why]), "at": sprintf("/PasswordlessShells/%d", [i]), "key": s.Unit} if {
	some i, s in input.properties.PasswordlessShells
}
