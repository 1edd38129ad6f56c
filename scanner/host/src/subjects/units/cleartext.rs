//! Remote services that send passwords and data readable.

use assay_core::Gap;
use serde_json::{Value, json};

use super::sandbox::port;
use crate::Host;
use crate::systemd::{Command, Place, Unit, Units, triggered};

/// Programs and their protocols.
const PROGRAMS: [(&str, &str); 44] = [
    ("in.telnetd", "telnet"),
    ("telnetd", "telnet"),
    ("utelnetd", "telnet"),
    ("telnetlogin", "telnet"),
    ("in.rshd", "rsh"),
    ("rshd", "rsh"),
    ("in.rlogind", "rlogin"),
    ("rlogind", "rlogin"),
    ("in.rexecd", "rexec"),
    ("rexecd", "rexec"),
    ("in.tftpd", "tftp"),
    ("tftpd", "tftp"),
    ("atftpd", "tftp"),
    ("uftpd", "ftp"),
    ("vsftpd", "ftp"),
    ("proftpd", "ftp"),
    ("pure-ftpd", "ftp"),
    ("pure-ftpd-wrapper", "ftp"),
    ("pure-ftpd-virtualchroot", "ftp"),
    ("in.ftpd", "ftp"),
    ("ftpd", "ftp"),
    ("tnftpd", "ftp"),
    ("ftpd-ssl", "ftp"),
    ("in.fingerd", "finger"),
    ("fingerd", "finger"),
    ("cfingerd", "finger"),
    ("efingerd", "finger"),
    ("in.talkd", "talk"),
    ("talkd", "talk"),
    ("in.ntalkd", "talk"),
    ("ntalkd", "talk"),
    ("ypserv", "nis"),
    ("ypbind", "nis"),
    ("ypxfrd", "nis"),
    ("rpc.ypxfrd", "nis"),
    ("yppasswdd", "nis"),
    ("rpc.yppasswdd", "nis"),
    ("rwhod", "rwho"),
    ("in.rwhod", "rwho"),
    ("rpc.rusersd", "rusers"),
    ("rpc.rwalld", "rwall"),
    ("rpc.rstatd", "rstat"),
    ("in.uucpd", "uucp"),
    ("uucico", "uucp"),
];

/// Ports (`true`: UDP) and their protocols.
const PORTS: [(u16, bool, &str); 16] = [
    (7, false, "echo"),
    (9, false, "discard"),
    (13, false, "daytime"),
    (19, false, "chargen"),
    (21, false, "ftp"),
    (23, false, "telnet"),
    (37, false, "time"),
    (69, true, "tftp"),
    (79, false, "finger"),
    (512, false, "rexec"),
    (513, false, "rlogin"),
    (514, false, "rsh"),
    (513, true, "rwho"),
    (517, true, "talk"),
    (518, true, "talk"),
    (540, false, "uucp"),
];

/// Names of inetd's services and their protocols.
const SERVICES: [(&str, &str); 24] = [
    ("telnet", "telnet"),
    ("shell", "rsh"),
    ("rsh", "rsh"),
    ("login", "rlogin"),
    ("rlogin", "rlogin"),
    ("exec", "rexec"),
    ("rexec", "rexec"),
    ("ftp", "ftp"),
    ("tftp", "tftp"),
    ("finger", "finger"),
    ("talk", "talk"),
    ("ntalk", "talk"),
    ("echo", "echo"),
    ("discard", "discard"),
    ("daytime", "daytime"),
    ("chargen", "chargen"),
    ("time", "time"),
    ("netstat", "netstat"),
    ("systat", "systat"),
    ("uucp", "uucp"),
    ("rsync", "rsync"),
    ("comsat", "comsat"),
    ("biff", "comsat"),
    ("klogin", "rlogin"),
];

/// The protocol of a service by its name in inetd's configuration, or by its port.
pub(super) fn named(name: &str, udp: bool) -> Option<&'static str> {
    let bare = name.split(['-', '/']).next().unwrap_or(name);
    if let Ok(port) = name.parse::<u16>() {
        return by_port(port, udp);
    }
    SERVICES.iter().find(|(n, _)| *n == name || *n == bare).map(|(_, p)| *p)
}

pub(super) fn by_port(port: u16, udp: bool) -> Option<&'static str> {
    // The small services of inetd answer both ways.
    PORTS.iter().find(|(p, u, _)| *p == port && (*u == udp || port < 20)).map(|(_, _, word)| *word)
}

/// The protocol that a program speaks, however it is started.
pub(super) fn program(words: &[&str]) -> Option<&'static str> {
    for (at, word) in words.iter().enumerate() {
        let name = word.rsplit('/').next().unwrap_or(word);
        if let Some((_, protocol)) = PROGRAMS.iter().find(|(n, _)| *n == name) {
            return Some(protocol);
        }
        // `rsync --daemon`; `socat TCP-LISTEN:23,…`; `nc -l -p 23`.
        let rest = words.get(at + 1..).unwrap_or(&[]);
        if name == "rsync" && rest.contains(&"--daemon") {
            return Some("rsync");
        }
        if name == "socat"
            || ["nc", "ncat", "netcat", "nc.openbsd", "nc.traditional"].contains(&name)
        {
            let shell = |w: &&&str| {
                w.contains("/bin/sh")
                    || w.contains("/bin/bash")
                    || w.to_lowercase().starts_with("exec:")
                    || w.to_lowercase().starts_with("system:")
            };
            let listens = rest.iter().any(|w| {
                w.to_lowercase().contains("-listen:") && !w.to_lowercase().contains("openssl")
            }) || (name != "socat"
                && rest
                    .iter()
                    .any(|w| w.starts_with('-') && !w.starts_with("--") && w.contains('l')));
            if listens && rest.iter().any(|w| shell(&w)) {
                return Some("shell");
            }
        }
        let starter = [
            "env", "busybox", "tcpd", "nice", "ionice", "setsid", "sh", "bash", "exec", "timeout",
            "stdbuf",
        ];
        let script = ["-c", "-ec", "-lc"].contains(word);
        if at > 0
            && !starter.contains(&name)
            && !script
            && !word.starts_with('-')
            && !word.contains('=')
        {
            break;
        }
        if at == 0 && !starter.contains(&name) {
            break;
        }
        if script && let Some(text) = rest.first() {
            let split: Vec<&str> = text.split_whitespace().filter(|w| *w != "exec").collect();
            return program(&split);
        }
    }
    None
}

/// The clear-text protocol of a unit: `{protocol, local, file, line}`. `null`: none that is known.
pub(super) fn of(host: &Host<'_>, units: &Units, unit: &Unit) -> Result<Value, Gap> {
    let said = |protocol: &str, local: bool, place: &Place| json!({"protocol": protocol, "local": local, "file": &*place.file, "line": place.line});
    match unit.kind() {
        "service" => {
            for command in unit.commands("ExecStart") {
                if let Some((protocol, place)) = spoken(host, unit, &command)? {
                    return Ok(said(protocol, false, &place));
                }
            }
            let script = unit.source == crate::systemd::Source::Script;
            let stem = unit.name.strip_suffix(".service").unwrap_or(&unit.name);
            let known = PROGRAMS.iter().find(|(n, _)| script && *n == stem);
            if let (Some((_, protocol)), Some(place)) = (known, unit.place()) {
                return Ok(said(protocol, false, &place));
            }
        }
        "socket" => {
            let listens = unit.listens();
            let ports = listens.iter().filter_map(|(key, address, place)| {
                let udp = *key == "ListenDatagram";
                port(key, address).map(|(port, local)| (port, udp, local, place))
            });
            let ports: Vec<_> = ports.collect();
            let local = !ports.is_empty() && ports.iter().all(|(_, _, local, _)| *local);
            let open = ports.iter().filter(|(_, _, local, _)| !*local).chain(&ports);
            for (number, udp, _, place) in open {
                if let Some(protocol) = by_port(*number, *udp) {
                    return Ok(said(protocol, local, place));
                }
            }
            for (name, _) in triggered(unit) {
                let service = units.unit(&name);
                for command in service.commands("ExecStart") {
                    if let Some((protocol, _)) = spoken(host, service, &command)? {
                        let place = listens.first().map(|(_, _, p)| p.clone());
                        let place = place.or_else(|| unit.place()).unwrap_or(command.place);
                        return Ok(said(protocol, local || ports.is_empty(), &place));
                    }
                }
            }
        }
        _ => {}
    }
    Ok(Value::Null)
}

/// The protocol of a command, unless its own configuration demands TLS.
fn spoken(
    host: &Host<'_>,
    unit: &Unit,
    command: &Command,
) -> Result<Option<(&'static str, Place)>, Gap> {
    let arguments = unit.arguments(host, command)?;
    let mut words = vec![command.program.as_str()];
    words.extend(arguments.iter().map(|(a, _)| a.as_str()));
    let Some(protocol) = program(&words) else { return Ok(None) };
    if protocol == "ftp" && encrypted(host, command.name(), &words)? {
        return Ok(None);
    }
    Ok(Some((protocol, command.place.clone())))
}

/// Whether an FTP server takes logins over TLS only.
fn encrypted(host: &Host<'_>, program: &str, words: &[&str]) -> Result<bool, Gap> {
    match program {
        "vsftpd" => {
            let named = words.iter().skip(1).find(|w| w.starts_with('/')).copied();
            for path in named.into_iter().chain(["/etc/vsftpd.conf", "/etc/vsftpd/vsftpd.conf"]) {
                let Some(found) = host.text(path)? else { continue };
                let last = |key: &str| {
                    let lines = found.text.lines().filter(|l| !l.starts_with('#'));
                    let mut values =
                        lines.filter_map(|l| l.split_once('=')).filter(|(k, _)| *k == key);
                    values.next_back().map(|(_, v)| v.trim().eq_ignore_ascii_case("yes"))
                };
                let logins = last("local_enable").unwrap_or(false);
                let anonymous = last("anonymous_enable").unwrap_or(true);
                return Ok(last("ssl_enable") == Some(true)
                    && (!logins || last("force_local_logins_ssl").unwrap_or(true))
                    && (!anonymous || last("force_anon_logins_ssl").unwrap_or(false)));
            }
            Ok(false)
        }
        "proftpd" => {
            let mut on = (false, false);
            for path in ["/etc/proftpd/proftpd.conf", "/etc/proftpd/tls.conf", "/etc/proftpd.conf"]
            {
                let Some(found) = host.text(path)? else { continue };
                for line in found.text.lines().map(str::trim) {
                    let mut words = line.split_whitespace();
                    match (words.next(), words.next()) {
                        (Some("TLSEngine"), Some(v)) => on.0 = v.eq_ignore_ascii_case("on"),
                        (Some("TLSRequired"), Some(v)) => {
                            on.1 = ["on", "auth+data", "ctrl+data", "ctrl", "auth"]
                                .contains(&v.to_lowercase().as_str());
                        }
                        _ => {}
                    }
                }
            }
            Ok(on == (true, true))
        }
        "pure-ftpd" | "pure-ftpd-wrapper" | "pure-ftpd-virtualchroot" => {
            let text = host.text("/etc/pure-ftpd/conf/TLS")?;
            Ok(text.is_some_and(|t| ["2", "3"].contains(&t.text.trim())))
        }
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_behind_programs() {
        for (line, want) in [
            ("/usr/sbin/in.telnetd -h", Some("telnet")),
            ("/bin/busybox telnetd -F", Some("telnet")),
            ("/usr/sbin/tcpd /usr/sbin/in.rshd", Some("rsh")),
            ("/usr/bin/rsync --daemon --no-detach", Some("rsync")),
            ("/usr/bin/rsync -a /a /b", None),
            ("/usr/bin/socat TCP-LISTEN:99,fork EXEC:/bin/sh", Some("shell")),
            ("/usr/bin/socat OPENSSL-LISTEN:99 EXEC:/bin/sh", None),
            ("/usr/sbin/sshd -D", None),
            ("/usr/bin/vim /etc/vsftpd", None),
        ] {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert_eq!(program(&words), want, "{line}");
        }
        assert_eq!(program(&["/bin/sh", "-c", "exec /usr/sbin/vsftpd /etc/v.conf"]), Some("ftp"));
        assert_eq!(named("telnet", false), Some("telnet"));
        assert_eq!(named("69", true), Some("tftp"));
        assert_eq!(named("514", true), None, "syslog");
    }
}
