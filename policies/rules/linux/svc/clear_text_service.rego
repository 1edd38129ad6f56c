# METADATA
# title: A clear-text remote service can start by unit, socket, SysV, inetd or target drop-in
# description: >-
#   Telnet, rsh, FTP, TFTP, NIS and their like send passwords and data readable, and most of them
#   believe whatever address the other side claims. Such a service counts when something starts it at
#   boot or on demand, whatever its unit is called.
# scope: package
# custom:
#   id: LINUX-SVC-001
#   severity: high
#   objective: crypto.in_transit
#   resource: [linux.unit, linux.inetd_service]
#   remediation:
#     text: >-
#       Remove the package, or disable and mask the unit (also its socket); take the line out of
#       inetd.conf, or set `disable = yes` in its file in xinetd.d. Use SSH, SFTP or a protocol with
#       TLS instead.
#     cli: |
#       systemctl disable --now telnet.socket
#       systemctl mask telnet.socket
#   aliases:
#     catalogue: [svc.legacy]
#   references:
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd.unit.html
#   limits: >-
#     Programs are known by name and ports by number; a renamed program on a port of its own is not
#     seen. FTP servers whose configuration demands TLS do not count. Units in `/run` are gone at the
#     next start and are not read.
package rules.linux.svc.clear_text_service

import rego.v1

speaks if {
	is_object(input.properties.ClearText)
	input.properties.ClearText.local == false
}

silent if input.properties.ClearText == null

silent if input.properties.ClearText.local == true

active if input.properties.Starts.value in {"at_boot", "on_demand"}

pass if silent

pass if {
	speaks
	not active
}

fail contains {"message": sprintf("%s answers in clear text: %s", [input.properties.Name, input.properties.ClearText.protocol]), "at": "/ClearText", "key": input.properties.ClearText.protocol} if {
	speaks
	active
}
