//! Which units guard the host.

/// A duty and the units that do it.
#[derive(Debug)]
pub(crate) struct Role {
    /// The duty.
    pub(crate) what: &'static str,
    /// Units, under their names in the distributions.
    pub(crate) units: &'static [&'static str],
    /// Capabilities without which they cannot do it.
    pub(crate) needs: &'static [&'static str],
    /// Programs, one of which must run.
    pub(crate) programs: &'static [&'static str],
}

/// Every role. One line for each program, as programs of one role stand in for each other.
pub(crate) static ALL: &[Role] = &[
    Role {
        what: "audit",
        units: &["auditd.service"],
        needs: &["CAP_AUDIT_CONTROL"],
        programs: &["auditd"],
    },
    Role {
        what: "audit",
        units: &["audit-rules.service"],
        needs: &["CAP_AUDIT_CONTROL"],
        programs: &["augenrules", "auditctl"],
    },
    Role {
        what: "confinement",
        units: &["apparmor.service"],
        needs: &["CAP_MAC_ADMIN"],
        programs: &[
            "apparmor.systemd",
            "apparmor_parser",
            "aa-load",
            "rc.apparmor.functions",
            "apparmor",
        ],
    },
    Role {
        what: "firewall",
        units: &["nftables.service"],
        needs: &["CAP_NET_ADMIN"],
        programs: &["nft"],
    },
    Role {
        what: "firewall",
        units: &["ufw.service"],
        needs: &["CAP_NET_ADMIN"],
        programs: &["ufw-init", "ufw"],
    },
    Role {
        what: "firewall",
        units: &["firewalld.service"],
        needs: &["CAP_NET_ADMIN"],
        programs: &["firewalld"],
    },
    Role {
        what: "firewall",
        units: &["netfilter-persistent.service"],
        needs: &["CAP_NET_ADMIN"],
        programs: &["netfilter-persistent"],
    },
    Role {
        what: "firewall",
        units: &["iptables.service"],
        needs: &["CAP_NET_ADMIN"],
        programs: &["iptables.init", "iptables-restore", "iptables"],
    },
    Role {
        what: "firewall",
        units: &["ip6tables.service"],
        needs: &["CAP_NET_ADMIN"],
        programs: &["ip6tables.init", "ip6tables-restore", "ip6tables"],
    },
    Role {
        what: "firewall",
        units: &["shorewall.service"],
        needs: &["CAP_NET_ADMIN"],
        programs: &["shorewall"],
    },
    Role {
        what: "intrusion",
        units: &["fail2ban.service"],
        needs: &[],
        programs: &["fail2ban-server", "fail2ban-client"],
    },
    Role { what: "intrusion", units: &["sshguard.service"], needs: &[], programs: &["sshguard"] },
    Role { what: "intrusion", units: &["crowdsec.service"], needs: &[], programs: &["crowdsec"] },
    Role { what: "logging", units: &["rsyslog.service"], needs: &[], programs: &["rsyslogd"] },
    Role { what: "logging", units: &["syslog-ng.service"], needs: &[], programs: &["syslog-ng"] },
    Role {
        what: "journal",
        units: &["systemd-journald.service"],
        needs: &[],
        programs: &["systemd-journald"],
    },
    Role { what: "rotation", units: &["logrotate.timer"], needs: &[], programs: &[] },
    Role { what: "rotation", units: &["logrotate.service"], needs: &[], programs: &["logrotate"] },
    Role {
        what: "time",
        units: &["chrony.service", "chronyd.service"],
        needs: &["CAP_SYS_TIME"],
        programs: &["chronyd", "chronyd-starter.sh"],
    },
    Role {
        what: "time",
        units: &["systemd-timesyncd.service"],
        needs: &["CAP_SYS_TIME"],
        programs: &["systemd-timesyncd"],
    },
    Role {
        what: "time",
        units: &["ntp.service", "ntpd.service", "ntpsec.service", "openntpd.service"],
        needs: &["CAP_SYS_TIME"],
        programs: &["ntpd", "ntp-systemd-wrapper"],
    },
    Role {
        what: "updates",
        units: &["unattended-upgrades.service"],
        needs: &[],
        programs: &["unattended-upgrade-shutdown"],
    },
    Role {
        what: "updates",
        units: &["apt-daily.timer", "apt-daily-upgrade.timer"],
        needs: &[],
        programs: &[],
    },
    Role {
        what: "updates",
        units: &["apt-daily.service", "apt-daily-upgrade.service"],
        needs: &[],
        programs: &["apt.systemd.daily"],
    },
    Role {
        what: "updates",
        units: &["dnf-automatic.timer", "dnf-automatic-install.timer", "dnf5-automatic.timer"],
        needs: &[],
        programs: &[],
    },
    Role {
        what: "updates",
        units: &[
            "dnf-automatic.service",
            "dnf-automatic-install.service",
            "dnf5-automatic.service",
        ],
        needs: &[],
        programs: &["dnf-automatic", "dnf", "dnf5"],
    },
    Role {
        what: "integrity",
        units: &["dailyaidecheck.timer", "aidecheck.timer", "aide-check.timer"],
        needs: &[],
        programs: &[],
    },
    Role {
        what: "integrity",
        units: &["dailyaidecheck.service", "aidecheck.service", "aide-check.service"],
        needs: &[],
        programs: &["aide", "dailyaidecheck", "aide.wrapper", "capsh"],
    },
    Role { what: "integrity", units: &["samhain.service"], needs: &[], programs: &["samhain"] },
    Role { what: "malware", units: &["clamav-daemon.service"], needs: &[], programs: &["clamd"] },
    Role {
        what: "malware",
        units: &["clamav-freshclam.service"],
        needs: &[],
        programs: &["freshclam"],
    },
    Role {
        what: "devices",
        units: &["usbguard.service"],
        needs: &[],
        programs: &["usbguard-daemon"],
    },
    Role {
        what: "allow_list",
        units: &["fapolicyd.service"],
        needs: &[],
        programs: &["fapolicyd"],
    },
    Role { what: "monitoring", units: &["osqueryd.service"], needs: &[], programs: &["osqueryd"] },
    Role {
        what: "monitoring",
        units: &["wazuh-agent.service"],
        needs: &[],
        programs: &["wazuh-control"],
    },
    Role {
        what: "monitoring",
        units: &["auditbeat.service"],
        needs: &[],
        programs: &["auditbeat"],
    },
    Role {
        what: "monitoring",
        units: &["falcon-sensor.service"],
        needs: &[],
        programs: &["falcond"],
    },
];

/// The role of a unit.
pub(crate) fn of(name: &str) -> Option<&'static Role> {
    ALL.iter().find(|r| r.units.contains(&name))
}
