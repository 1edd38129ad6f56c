//! The extended attribute `security.capability` (`capabilities(7)`, `linux/capability.h`).

/// What a program gets when it is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// Names of what it gets for certain (`cap_net_raw`), in order of their numbers.
    pub(super) permitted: Vec<String>,
    /// Names of what it gets where its caller has them too.
    pub(super) inheritable: Vec<String>,
    /// Whether they are in force from the start.
    pub(super) effective: bool,
    /// The user id that is root in the name space for which they hold; 0 for the host.
    pub(super) root: u32,
}

const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

/// Reads the attribute: a version in the highest byte of the first word, then pairs of permitted
/// and inheritable bits, then, in version 3, the name space's root. `None`: it is none.
pub(super) fn parse(bytes: &[u8]) -> Option<Capabilities> {
    let mut words = bytes.chunks_exact(4).map(|c| match c {
        [a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]),
        _ => 0,
    });
    let head = words.next()?;
    let version = head >> 24;
    let sets = match version {
        1 => 1,
        2 | 3 => 2,
        _ => return None,
    };
    let (mut permitted, mut inheritable) = (0_u64, 0_u64);
    for set in 0..sets {
        permitted |= u64::from(words.next()?) << (32 * set);
        inheritable |= u64::from(words.next()?) << (32 * set);
    }
    let root = if version == 3 { words.next()? } else { 0 };
    Some(Capabilities {
        permitted: names(permitted),
        inheritable: names(inheritable),
        effective: head & 1 != 0,
        root,
    })
}

fn names(bits: u64) -> Vec<String> {
    (0..64_usize)
        .filter(|n| bits >> n & 1 != 0)
        .map(|n| NAMES.get(n).map_or_else(|| format!("cap_{n}"), |name| format!("cap_{name}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|w| w.to_le_bytes()).collect()
    }

    #[test]
    fn every_version_is_read() {
        let ping = parse(&attribute(&[0x0200_0001, 1 << 13, 0, 0, 0])).unwrap();
        assert_eq!(
            (ping.permitted, ping.effective, ping.root),
            (vec!["cap_net_raw".into()], true, 0)
        );
        let v3 = parse(&attribute(&[0x0300_0000, 1 << 7, 1 << 21, 1 << 7, 0, 100_000])).unwrap();
        assert_eq!(v3.permitted, ["cap_setuid", "cap_bpf"]);
        assert_eq!(
            (v3.inheritable, v3.effective, v3.root),
            (vec!["cap_sys_admin".into()], false, 100_000)
        );
        assert_eq!(parse(&attribute(&[0x0100_0001, 1, 0])).unwrap().permitted, ["cap_chown"]);
        assert_eq!(
            parse(&attribute(&[0x0200_0000, 0, 0, 1 << 31, 0])).unwrap().permitted,
            ["cap_63"]
        );
    }

    #[test]
    fn what_is_cut_off_is_none() {
        let whole = attribute(&[0x0300_0000, 1, 0, 0, 0, 0]);
        for n in 0..whole.len() {
            assert_eq!(parse(whole.get(..n).unwrap()), None, "{n} bytes");
        }
        assert_eq!(parse(&attribute(&[0x0900_0000, 1, 0, 0, 0])), None);
    }
}
