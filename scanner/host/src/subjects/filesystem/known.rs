//! Programs that distributions ship with more rights than their caller has.
//!
//! The database of dpkg holds no modes and no capabilities, so what a package gives cannot be read
//! from the host. These are the programs that carry such rights in the archives of Debian, Ubuntu,
//! Fedora, openSUSE and Alpine, by their file names.

/// Programs that are SUID or SGID by their package.
const SUID: &[&str] = &[
    "Xorg.wrap", "abrt-action-install-debuginfo-to-abrt-cache", "apptainer-suid", "at",
    "auth_pam_tool", "basic_pam_auth", "bbsuid", "bsd-write", "bwrap", "cgexec", "chage",
    "check_dhcp", "check_icmp", "chfn", "chkpwd_helper", "chrome-sandbox", "chromium-sandbox",
    "chsh", "clockdiff", "cockpit-session", "courierlogger", "crontab", "dbus-daemon-launch-helper",
    "dma", "dma-mbox-create", "doas", "dotlockfile", "ecryptfs-mount-private",
    "mount.ecryptfs_private", "enlightenment_system", "exim4", "expiry", "fileshareset", "firejail",
    "flatpak-bwrap", "fping", "fping6", "fusermount", "fusermount3", "gnome-pty-helper", "gpasswd",
    "gpio", "groupmems", "grub2-set-bootflag", "kcheckpass", "kppp", "krb5_child", "ldap_child",
    "locate", "lockspool", "lxc-user-nic", "man", "mandb", "mlocate", "plocate", "mount",
    "mount.cifs", "mount.davfs", "mount.nfs", "mtr", "mtr-packet", "mutt_dotlock", "netreport",
    "newgidmap", "newgrp", "newuidmap", "ntfs-3g", "nvidia-modprobe", "opiepasswd", "opiesu",
    "p11_child", "pam-tmpdir-helper", "pam_extrausers_chkpwd", "pam_timestamp_check", "passwd",
    "ping", "ping6", "pkexec", "polkit-agent-helper-1", "polkit-explicit-grant-helper",
    "postdrop", "postlog", "postqueue", "pppd", "procmail", "proxy_child", "pt_chown",
    "qemu-bridge-helper", "s-nail-privsep", "s-nail-dotlock", "screen", "selinux_child", "sg",
    "sendmail", "sendmail.sendmail", "snap-confine", "spice-client-glib-usb-acl-helper",
    "ssh-agent", "ssh-keysign", "starter-suid", "staprun", "su", "sudo", "sudo.ws", "sudo-rs",
    "su-rs", "suexec", "sulogin", "traceroute6.iputils", "ucf-chk", "udisksctl", "umount",
    "umount.nfs", "unix2_chkpwd", "unix_chkpwd", "unix_update", "userhelper", "usernetctl",
    "utempter", "uuidd", "uml_net", "vlock-main", "vmware-user-suid-wrapper", "VBoxHeadless",
    "VBoxNetAdpCtl", "VBoxNetDHCP", "VBoxNetNAT", "VBoxSDL", "VBoxVolInfo", "VirtualBoxVM", "wall",
    "write", "write.ul", "xlock", "xscreensaver-auth", "xterm", "zypp-refresh-wrapper",
];

/// Programs with capabilities by their package, and the most that they have.
const CAPABILITIES: &[(&str, &[&str])] = &[
    ("ping", &["cap_net_raw", "cap_net_admin"]),
    ("arping", &["cap_net_raw"]),
    ("clockdiff", &["cap_net_raw", "cap_sys_nice"]),
    ("fping", &["cap_net_raw"]),
    ("mtr-packet", &["cap_net_raw"]),
    ("traceroute6.iputils", &["cap_net_raw"]),
    ("dumpcap", &["cap_net_raw", "cap_net_admin", "cap_dac_override"]),
    ("gst-ptp-helper", &["cap_net_bind_service", "cap_net_admin", "cap_sys_nice"]),
    ("gnome-keyring-daemon", &["cap_ipc_lock"]),
    ("gnome-shell", &["cap_sys_nice"]),
    ("kwin_wayland", &["cap_sys_nice"]),
    ("mutter", &["cap_sys_nice"]),
    ("start_kdeinit", &["cap_sys_resource"]),
    ("newuidmap", &["cap_setuid"]),
    ("newgidmap", &["cap_setgid"]),
    ("suexec", &["cap_setuid", "cap_setgid"]),
    ("iftop", &["cap_net_raw"]),
    ("nethogs", &["cap_net_raw", "cap_net_admin"]),
    ("rcp", &["cap_net_bind_service"]),
    ("rlogin", &["cap_net_bind_service"]),
    ("rsh", &["cap_net_bind_service"]),
    ("rnano", &[]),
    ("slock", &["cap_sys_resource", "cap_dac_override"]),
    ("sway", &["cap_sys_nice"]),
    ("ldap_child", &["cap_dac_read_search", "cap_setuid", "cap_setgid"]),
    ("krb5_child", &["cap_dac_read_search", "cap_setuid", "cap_setgid"]),
    ("sssd_pam", &["cap_dac_read_search"]),
    ("selinux_child", &["cap_chown", "cap_dac_override", "cap_setuid", "cap_setgid"]),
    ("snap-confine", &[
        "cap_chown", "cap_dac_override", "cap_dac_read_search", "cap_fowner", "cap_setgid",
        "cap_setuid", "cap_sys_chroot", "cap_sys_ptrace", "cap_sys_admin", "cap_sys_resource",
    ]),
    ("trafgen", &["cap_net_raw", "cap_net_admin", "cap_ipc_lock"]),
];

/// Directories in which packages put programs.
const PLACES: [&str; 8] = [
    "/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/usr/lib64/", "/bin/", "/sbin/",
    "/lib/",
];

fn place(path: &str) -> Option<&str> {
    PLACES.iter().any(|p| path.starts_with(p)).then(|| path.rsplit('/').next()).flatten()
}

/// Whether a distribution ships a program of this name SUID or SGID.
pub(super) fn suid(path: &str) -> bool {
    // Chromium and its kin bring their sandbox below /opt.
    let browser = path.starts_with("/opt/") && path.ends_with("/chrome-sandbox");
    browser || place(path).is_some_and(|name| SUID.contains(&name))
}

/// Whether a distribution ships a program of this name with at least these capabilities.
pub(super) fn capabilities(path: &str, all: &[&str]) -> bool {
    place(path).is_some_and(|name| {
        CAPABILITIES
            .iter()
            .find(|(known, _)| *known == name)
            .is_some_and(|(_, most)| all.iter().all(|c| most.contains(c)))
    })
}
