# METADATA
# title: An undeclared root certificate is trusted
# description: >-
#   Its holder can impersonate any site to this host. Certificates that the distribution's
#   package brings need no declaration; all others that programs trust do, also those that
#   only the generated bundle holds.
# scope: package
# custom:
#   id: LINUX-CRYPT-006
#   severity: medium
#   objective: crypto.in_transit
#   resource: linux.ca_store
#   remediation:
#     text: >-
#       Take the certificate away and generate the store again, or declare it by its
#       fingerprint.
#     cli: |
#       openssl x509 -noout -fingerprint -sha256 -subject -in FILE
#       rm FILE && update-ca-certificates --fresh
#   aliases:
#     catalogue: [crypt.ca_store]
#   references:
#     - https://manpages.debian.org/bookworm/ca-certificates/update-ca-certificates.8.en.html
#   params:
#     declared:
#       type: strings
#       description: >-
#         sha256 fingerprints of certificates that may be trusted beside those of the
#         distribution, in hex, with or without colons. An empty list: none.
#   limits: >-
#     Stores of browsers, of Java and of single programs are not seen. Where the distribution
#     keeps its certificates in one file (RHEL, SUSE), the generated bundle is not compared
#     with it.
package rules.linux.crypt.trusted_certificates

import rego.v1

declared := {lower(replace(d, ":", "")) | some d in input.params.declared}

strange := [{"at": sprintf("/Added/%d", [i]), "print": c.Fingerprint, "file": c.file} |
	some i, c in input.properties.Added
	not c.Fingerprint in declared
]

pass if {
	is_array(input.properties.Added)
	count(strange) == 0
}

fail contains {"message": sprintf("%s holds a certificate that nobody declared (%s)", [s.file, s.print]), "at": s.at, "key": s.print} if some s in strange
