# METADATA
# title: System-wide settings allow outdated TLS versions or a weak security level
# description: >-
#   Every program using the defaults can be pushed to weak encryption. OpenSSL's configuration
#   is followed through its sections and includes, also where the environment of every session
#   names another file.
# scope: package
# custom:
#   id: LINUX-CRYPT-005
#   severity: high
#   objective: crypto.in_transit
#   resource: linux.crypto
#   remediation:
#     text: >-
#       Set MinProtocol to TLSv1.2 or later and the security level to 2 or higher, or take the
#       lines out; set crypto-policies to DEFAULT or stricter.
#     cli: |
#       grep -nE 'MinProtocol|SECLEVEL' /etc/ssl/openssl.cnf
#       update-crypto-policies --set DEFAULT   # where crypto-policies rule
#   aliases:
#     catalogue: [crypt.policy]
#   references:
#     - https://docs.openssl.org/3.0/man5/config/
#   params:
#     weak_policies:
#       type: strings
#       description: >-
#         Policies and modules of crypto-policies that are too weak.
#       default: ["LEGACY", "EMPTY", "SHA1", "AD-SUPPORT-LEGACY"]
#   limits: >-
#     What programs set for themselves, GnuTLS's and NSS's own files, and the defaults that
#     are built into the library are not judged.
package rules.linux.crypt.system_policy

import rego.v1

old := {"none", "sslv3", "tlsv1", "tlsv1.0", "tlsv1.1"}

protocol_weak if lower(input.properties.MinProtocol.value) in old

level_weak if input.properties.SecurityLevel.value in {"0", "1"}

modules := split(input.properties.CryptoPolicy.value, ":") if is_string(input.properties.CryptoPolicy.value)

modules := [] if input.properties.CryptoPolicy == null

policy_weak contains m if {
	some m in modules
	m in input.params.weak_policies
}

pass if {
	is_string(input.properties.MinProtocol.value)
	is_string(input.properties.SecurityLevel.value)
	is_array(modules)
	not protocol_weak
	not level_weak
	count(policy_weak) == 0
}

fail contains {"message": sprintf("OpenSSL accepts %s", [input.properties.MinProtocol.value]), "at": "/MinProtocol", "key": "MinProtocol"} if protocol_weak

fail contains {"message": sprintf("OpenSSL's security level is %s", [input.properties.SecurityLevel.value]), "at": "/SecurityLevel", "key": "SecurityLevel"} if level_weak

fail contains {"message": sprintf("crypto-policies are set to %s", [m]), "at": "/CryptoPolicy", "key": m} if some m in policy_weak
