# METADATA
# title: Wireless or Bluetooth is on at a server
# description: >-
#   A radio opens a way around the wires that are watched.
# scope: package
# custom:
#   id: LINUX-MISC-002
#   severity: low
#   objective: config.hardening
#   resource: linux.host
#   remediation:
#     text: >-
#       Remove the wireless networks and mask the service of Bluetooth; block the modules of
#       both.
#     cli: |
#       systemctl mask --now bluetooth.service
#       rfkill block all
#   aliases:
#     catalogue: [misc.wireless]
#   references:
#     - https://man7.org/linux/man-pages/man8/rfkill.8.html
#   limits: >-
#     Judges what is configured to start or to join. Radios that are on without that are in
#     the facet RunningRadios of a running host and are not judged.
package rules.linux.misc.radios

import rego.v1

pass if {
	input.properties.Bluetooth.State != "on"
	is_array(input.properties.WirelessNetworks)
	count(input.properties.WirelessNetworks) == 0
}

fail contains {"message": "Bluetooth is started", "at": "/Bluetooth", "key": "bluetooth"} if {
	input.properties.Bluetooth.State == "on"
}

fail contains {"message": sprintf("%s joins a wireless network", [w.file]), "at": sprintf("/WirelessNetworks/%d", [i]), "key": w.file} if {
	some i, w in input.properties.WirelessNetworks
}
