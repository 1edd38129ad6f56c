//! Units that the network reaches, and how they are confined.

use serde_json::{Map, Value, json};

use crate::systemd::{Place, Unit, Units};

/// Daemons that listen on the network as they are installed. Those whose work is to give others a
/// session of their own (SSH) are not here: what confines them confines the sessions.
const DAEMONS: [&str; 51] = [
    "apache2",
    "httpd",
    "nginx",
    "lighttpd",
    "caddy",
    "haproxy",
    "squid",
    "named",
    "unbound",
    "dnsmasq",
    "pdns_server",
    "knotd",
    "nsd",
    "dhcpd",
    "kea-dhcp4",
    "exim4",
    "sendmail",
    "dovecot",
    "mysqld",
    "mariadbd",
    "postgres",
    "redis-server",
    "memcached",
    "mongod",
    "vsftpd",
    "proftpd",
    "pure-ftpd",
    "smbd",
    "nmbd",
    "snmpd",
    "slapd",
    "cupsd",
    "cups-browsed",
    "avahi-daemon",
    "rpcbind",
    "rpc.mountd",
    "openvpn",
    "in.telnetd",
    "in.tftpd",
    "atftpd",
    "rsync",
    "xinetd",
    "inetd",
    "influxd",
    "prometheus",
    "grafana-server",
    "grafana",
    "node_exporter",
    "mosquitto",
    "varnishd",
    "traefik",
];

/// Why the network reaches a service: a daemon that is known to listen, or a socket unit with a port.
/// `null`: nothing says that it does.
pub(crate) fn network(units: &Units, unit: &Unit) -> Value {
    if unit.kind() != "service" {
        return Value::Null;
    }
    let said =
        |how: String, place: &Place| json!({"how": how, "file": &*place.file, "line": place.line});
    for command in unit.commands("ExecStart") {
        if DAEMONS.contains(&command.name()) {
            return said(format!("{} listens on the network", command.name()), &command.place);
        }
    }
    let sockets = units.all().filter(|s| s.kind() == "socket" && units.starts(&s.name).may());
    for socket in sockets {
        let starts = crate::systemd::triggered(socket);
        if !starts
            .iter()
            .any(|(name, _)| units.unit(name).name == unit.name || serves(name, &unit.name))
        {
            continue;
        }
        if unit.commands("ExecStart").iter().any(|c| c.name() == "sshd") {
            continue;
        }
        let listens = socket.listens();
        let open = listens
            .iter()
            .find(|(key, address, _)| port(key, address).is_some_and(|(_, local)| !local));
        if let Some((key, address, place)) = open {
            return said(format!("{} has {key}={address}", socket.name), place);
        }
    }
    Value::Null
}

/// An instance that a socket with `Accept=yes` starts.
fn serves(triggered: &str, unit: &str) -> bool {
    let prefix = |name: &str| name.split_once('@').map(|(p, _)| p.to_owned());
    prefix(triggered).is_some() && prefix(triggered) == prefix(unit)
}

/// The port of a socket unit's stream or datagram address, and whether only this host reaches it.
pub(crate) fn port(key: &str, address: &str) -> Option<(u16, bool)> {
    if !["ListenStream", "ListenDatagram", "ListenSequentialPacket"].contains(&key) {
        return None;
    }
    if let Ok(port) = address.parse() {
        return Some((port, false));
    }
    let (host, port) = address.rsplit_once(':')?;
    let port = port.parse().ok()?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.split('%').next().unwrap_or(host);
    let ip: Option<std::net::IpAddr> = host.parse().ok();
    Some((port, ip.is_some_and(|ip| ip.is_loopback())))
}

/// The settings that confine a service, each with its place.
pub(crate) fn of(unit: &Unit) -> Value {
    if unit.kind() != "service" {
        return Value::Null;
    }
    let mut out = Map::new();
    let dynamic = unit.is("Service", "DynamicUser", false);
    for key in [
        "NoNewPrivileges",
        "PrivateTmp",
        "PrivateDevices",
        "DynamicUser",
        "ProtectKernelModules",
        "RestrictSUIDSGID",
    ] {
        let implied =
            dynamic && ["NoNewPrivileges", "PrivateTmp", "RestrictSUIDSGID"].contains(&key);
        out.insert(key.to_owned(), unit.flag("Service", key, implied).json());
    }
    let words = [
        ("ProtectSystem", if dynamic { "strict" } else { "no" }),
        ("ProtectHome", if dynamic { "read-only" } else { "no" }),
    ];
    for (key, default) in words {
        let mut setting = unit.setting("Service", key, default);
        let word = setting.value.as_str().unwrap_or("").to_ascii_lowercase();
        setting.value = match crate::systemd::boolean(&word) {
            Some(on) => if on { "yes" } else { "no" }.into(),
            None => word.into(),
        };
        out.insert(key.to_owned(), setting.json());
    }
    out.insert(
        "User".to_owned(),
        unit.setting("Service", "User", if dynamic { "dynamic" } else { "root" }).json(),
    );
    for key in
        ["CapabilityBoundingSet", "SystemCallFilter", "RestrictAddressFamilies", "RootDirectory"]
    {
        out.insert(key.to_owned(), unit.setting("Service", key, Value::Null).json());
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_socket_units() {
        assert_eq!(port("ListenStream", "23"), Some((23, false)));
        assert_eq!(port("ListenStream", "127.0.0.1:23"), Some((23, true)));
        assert_eq!(port("ListenDatagram", "[::1]:69"), Some((69, true)));
        assert_eq!(port("ListenStream", "[::]:513"), Some((513, false)));
        assert_eq!(port("ListenStream", "/run/x.sock"), None);
        assert_eq!(port("ListenFIFO", "23"), None);
    }
}
