//! Which services programs of this host ask for, and what they ask.

use assay_core::Gap;

use super::config::Config;
use crate::Host;

/// It lets people in, or makes them somebody else.
pub(super) const AUTHENTICATES: u8 = 1;
/// It asks whether an account may be used.
pub(super) const ACCOUNTS: u8 = 2;
/// People change their passwords through it.
pub(super) const CHANGES: u8 = 4;

const LOGIN: u8 = AUTHENTICATES | ACCOUNTS | CHANGES;
const DOOR: u8 = AUTHENTICATES | ACCOUNTS;

/// The service of whoever has none.
pub(super) const OTHER: &str = "other";

/// Services whose programs have other names, or ask less than everything. The last word: the service
/// counts although it has no file.
const KNOWN: &[(&str, u8, &[&str], bool)] = &[
    ("login", LOGIN, &["/bin/login", "/usr/bin/login"], true),
    ("remote", LOGIN, &["/bin/login", "/usr/bin/login"], false),
    ("sshd", LOGIN, &["/usr/sbin/sshd", "/usr/bin/sshd"], true),
    ("su", LOGIN, &["/bin/su", "/usr/bin/su"], true),
    ("su-l", LOGIN, &["/bin/su", "/usr/bin/su"], false),
    ("sudo", DOOR, &["/usr/bin/sudo"], true),
    ("sudo-i", DOOR, &["/usr/bin/sudo"], false),
    ("doas", DOOR, &["/usr/bin/doas"], true),
    ("passwd", CHANGES, &["/usr/bin/passwd", "/bin/passwd"], true),
    ("gdm-password", LOGIN, &["/usr/sbin/gdm3", "/usr/sbin/gdm"], true),
    ("gdm-fingerprint", DOOR, &["/usr/sbin/gdm3", "/usr/sbin/gdm"], false),
    ("gdm-smartcard", DOOR, &["/usr/sbin/gdm3", "/usr/sbin/gdm"], false),
    ("lightdm", LOGIN, &["/usr/sbin/lightdm"], true),
    ("sddm", LOGIN, &["/usr/bin/sddm", "/usr/sbin/sddm"], true),
    (
        "polkit-1",
        AUTHENTICATES,
        &[
            "/usr/lib/polkit-1/polkit-agent-helper-1",
            "/usr/libexec/polkit-agent-helper-1",
            "/usr/lib/policykit-1/polkit-agent-helper-1",
        ],
        true,
    ),
    (
        "cockpit",
        LOGIN,
        &[
            "/usr/lib/cockpit/cockpit-session",
            "/usr/libexec/cockpit-session",
            "/usr/lib/cockpit/cockpit-ws",
            "/usr/libexec/cockpit-ws",
        ],
        true,
    ),
    ("chfn", AUTHENTICATES, &["/usr/bin/chfn"], false),
    ("chsh", AUTHENTICATES, &["/usr/bin/chsh"], false),
    ("samba", DOOR, &["/usr/sbin/smbd"], false),
    ("cups", DOOR, &["/usr/sbin/cupsd"], false),
    ("ppp", DOOR, &["/usr/sbin/pppd"], false),
    ("xrdp-sesman", DOOR, &["/usr/sbin/xrdp-sesman"], false),
    // Root starts them, or they ask for no password.
    ("cron", 0, &[], false),
    ("crond", 0, &[], false),
    ("atd", 0, &[], false),
    ("runuser", 0, &[], false),
    ("runuser-l", 0, &[], false),
    ("systemd-user", 0, &[], false),
    ("chpasswd", 0, &[], false),
    ("newusers", 0, &[], false),
    ("useradd", 0, &[], false),
    ("userdel", 0, &[], false),
    ("usermod", 0, &[], false),
    ("groupadd", 0, &[], false),
    ("groupdel", 0, &[], false),
    ("groupmod", 0, &[], false),
    ("chage", 0, &[], false),
    ("groupmems", 0, &[], false),
    ("chgpasswd", 0, &[], false),
];

/// Services whose programs are root themselves when they ask. The others ask with the rights of their
/// caller, whom pam_rootok and `use_uid` then see.
const AS_ROOT: [&str; 15] = [
    "sshd",
    "login",
    "remote",
    "gdm-password",
    "gdm-fingerprint",
    "gdm-smartcard",
    "lightdm",
    "sddm",
    "samba",
    "cups",
    "ppp",
    "xrdp-sesman",
    "vsftpd",
    "proftpd",
    "dovecot",
];

/// Whether the program that asks is root, whoever wants to get in.
pub(super) fn as_root(service: &str) -> bool {
    AS_ROOT.contains(&service)
}

/// Where the program of a service that is not known lies.
const PLACES: [&str; 8] = [
    "/usr/bin",
    "/usr/sbin",
    "/bin",
    "/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/libexec",
    "/usr/lib",
];

/// A service that a program of this host asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) name: String,
    /// What for.
    pub(super) asks: u8,
}

/// All of them. A file alone makes no service: some program has to ask for it.
///
/// # Errors
/// Something that cannot be looked at.
pub(super) fn used(host: &Host<'_>, config: &Config<'_>) -> Result<Vec<Service>, Gap> {
    let mut out = Vec::new();
    let files = config.services()?;
    let any = |paths: &mut dyn Iterator<Item = String>| -> Result<bool, Gap> {
        for path in paths {
            if host.stat(&path)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    };
    for (name, asks, programs, without_file) in KNOWN {
        if (*without_file || files.iter().any(|f| f == name))
            && *asks != 0
            && any(&mut programs.iter().map(|p| (*p).to_owned()))?
        {
            out.push(Service { name: (*name).to_owned(), asks: *asks });
        }
    }
    for name in &files {
        let known = KNOWN.iter().any(|(k, ..)| k == name) || name == OTHER;
        if !known && any(&mut PLACES.iter().map(|p| format!("{p}/{name}")))? {
            out.push(Service { name: name.clone(), asks: AUTHENTICATES });
        }
    }
    out.push(Service { name: OTHER.to_owned(), asks: AUTHENTICATES | CHANGES });
    Ok(out)
}
