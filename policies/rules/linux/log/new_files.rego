# METADATA
# title: New log files are readable by others
# description: >-
#   Logs hold names, addresses, commands and at times passwords. Every local account reads them where
#   the syslog daemon makes its files with a mode that lets everybody in.
# scope: package
# custom:
#   id: LINUX-LOG-003
#   severity: medium
#   objective: logging.protect
#   resource: linux.logging
#   remediation:
#     text: >-
#       Set $FileCreateMode 0640 before the first rule, and fileCreateMode="0640" for the module omfile,
#       as the old directive does not reach action(type="omfile"). Take other modes and masks out.
#     cli: |
#       grep -rniE 'filecreatemode|umask' /etc/rsyslog.conf /etc/rsyslog.d
#       chmod o-rwx /var/log/*.log
#   aliases:
#     catalogue: [log.file_mode]
#   references:
#     - https://www.rsyslog.com/doc/configuration/action/rsconf1_filecreatemode.html
#     - https://www.rsyslog.com/doc/configuration/modules/omfile.html
#   limits: >-
#     Files that are there already keep their mode: LINUX-FILE-010 judges them. Modes that logrotate
#     gives count for the files that the syslog daemon writes. syslog-ng, and files of programs that
#     write their own logs, are not read.
package rules.linux.log.new_files

import rego.v1

not_applicable contains {"reason": "no syslog daemon writes files"} if count(input.properties.NewFiles) == 0

open := [{"message": sprintf("%s is made with mode %s", [f.Path, f.Mode]), "at": sprintf("/NewFiles/%d", [i]), "key": f.Path} |
	some i, f in input.properties.NewFiles
	f.Readable == true
]

pass if {
	count(input.properties.NewFiles) > 0
	count(open) == 0
}

fail contains o if some o in open
