# METADATA
# title: Provisioning data holds a password or reopens SSH
# description: >-
#   What a machine is given at its first start stays on its disk and with the provider, and cloud-init
#   may apply it again: passwords, keys, and settings that let passwords or root in over SSH.
# scope: package
# custom:
#   id: LINUX-SVC-010
#   severity: high
#   objective: identity.no_plaintext_secrets
#   resource: linux.cloud_init
#   remediation:
#     text: >-
#       Give machines public keys, and secrets from a store at run time; change every password that
#       was in the data. Set `ssh_pwauth: false` and `disable_root: true`, or switch cloud-init off
#       after the first start.
#     cli: |
#       touch /etc/cloud/cloud-init.disabled
#   aliases:
#     catalogue: [svc.cloud_init]
#   references:
#     - https://docs.cloud-init.io/en/latest/reference/modules.html
#   limits: >-
#     Secrets are found by the names of cloud-init's keys, by well-known shapes, and in commands; others
#     are not. Files merge by their last word for a setting, not by cloud-init's merge types. What the
#     provider's metadata service would give is not asked.
package rules.linux.svc.provisioning_data

import rego.v1

secret := [s | some s in input.properties.Secrets]

reopens if {
	input.properties.Enabled.value == true
	input.properties.SshPasswordAuthentication.value == true
}

opens_root if {
	input.properties.Enabled.value == true
	input.properties.DisableRoot.value == false
}

pass if {
	is_boolean(input.properties.Enabled.value)
	count(secret) == 0
	not reopens
	not opens_root
}

fail contains {"message": sprintf("%s: a %s", [s.what, s.kind]), "at": sprintf("/Secrets/%d", [i]), "key": s.what} if {
	some i, s in input.properties.Secrets
}

fail contains {"message": "cloud-init lets passwords in over SSH at boot", "at": "/SshPasswordAuthentication", "key": "ssh_pwauth"} if reopens

fail contains {"message": "cloud-init lets root in over SSH at boot", "at": "/DisableRoot", "key": "disable_root"} if opens_root
