# METADATA
# title: Logs do not leave the host
# description: >-
#   An intruder with root can erase what lies on the host. Messages that are elsewhere by then stay.
# scope: package
# custom:
#   id: LINUX-LOG-002
#   severity: medium
#   objective: logging.protect
#   resource: linux.logging
#   remediation:
#     text: >-
#       Send all messages, at least those of signing in, to a log host: with rsyslog over TLS or RELP,
#       with systemd-journal-upload, or with the agent of a log service.
#     cli: |
#       cat > /etc/rsyslog.d/10-forward.conf <<'EOF'
#       *.* action(type="omfwd" target="logs.example.org" port="6514" protocol="tcp"
#                  StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
#                  queue.type="LinkedList" queue.filename="forward" action.resumeRetryCount="-1")
#       EOF
#       rsyslogd -N1 && systemctl restart rsyslog.service
#   aliases:
#     catalogue: [log.forward]
#   references:
#     - https://www.rsyslog.com/doc/configuration/modules/omfwd.html
#     - https://www.freedesktop.org/software/systemd/man/latest/systemd-journal-upload.service.html
#   limits: >-
#     A message of authpriv.info is followed through the selectors, calls and stops of rsyslog; a filter
#     on a program or on the text is taken to keep it away, one on severity or origin to let it through.
#     Agents count when they start; what they send is theirs. Whether anybody receives it is not seen.
#     Lines that rsyslog refuses are taken as they are meant. syslog-ng is not read.
package rules.linux.log.forward

import rego.v1

pass if count(input.properties.Forwards) > 0

fail contains {"message": "no log message leaves the host", "at": "/Forwards"} if {
	count(input.properties.Forwards) == 0
}
