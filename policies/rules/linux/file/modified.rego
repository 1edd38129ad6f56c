# METADATA
# title: A packaged program does not match its recorded digest
# description: >-
#   The program is not the one that the package brought: replaced, patched by hand, or damaged.
# scope: package
# custom:
#   id: LINUX-FILE-011
#   severity: high
#   objective: supply_chain.provenance
#   resource: linux.filesystem
#   remediation:
#     text: >-
#       Find out who changed it, then reinstall the package.
#     cli: |
#       dpkg --verify PACKAGE; apt-get install --reinstall PACKAGE    # Debian, Ubuntu
#       rpm --verify PACKAGE; dnf reinstall PACKAGE                   # RHEL family
#       apk audit --system; apk fix --reinstall PACKAGE               # Alpine
#   aliases:
#     catalogue: [file.pkg_modified]
#   references:
#     - https://man7.org/linux/man-pages/man1/dpkg.1.html
#   limits: >-
#     Compared are programs in the standard directories, SUID programs, PAM modules, the C
#     library and the loader, with the digest that dpkg, rpm or apk recorded. Whoever is root can
#     change that record too. Hosts without such a database are not assessed.
package rules.linux.file.modified

import rego.v1

pass if count(input.properties.ModifiedPrograms) == 0

fail contains {"message": sprintf("%s is not what the package %s brought", [f.File.path, f.Package]), "at": sprintf("/ModifiedPrograms/%d/File", [i]), "key": f.File.path} if {
	some i, f in input.properties.ModifiedPrograms
}
