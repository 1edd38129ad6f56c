//! What listens on a running host.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use crate::{Host, Output, Subject};

/// Listening sockets.
pub(crate) static SUBJECT: Subject = Subject { name: "sockets", types: &["linux.socket"], collect };

const KIND: &str = "linux.socket";

/// Most sockets.
const MAX: usize = 20_000;

struct Listener {
    protocol: &'static str,
    address: IpAddr,
    port: u16,
    inode: u64,
}

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    if !host.running() {
        let text = "what listens is only known while the host runs";
        return out.listed(KIND, Err(Gap::new(GapState::Unsupported, text)));
    }
    let mut listeners = Vec::new();
    for (path, protocol) in [
        ("/proc/net/tcp", "tcp"),
        ("/proc/net/tcp6", "tcp"),
        ("/proc/net/udp", "udp"),
        ("/proc/net/udp6", "udp"),
    ] {
        match host.text(path) {
            Ok(found) => {
                let lines = found.iter().flat_map(|f| f.text.lines());
                listeners.extend(lines.filter_map(|l| line(l, protocol)));
                if let Err(gap) = crate::at_most(&path, "listeners", listeners.len(), MAX) {
                    return out.listed(KIND, Err(gap));
                }
            }
            Err(gap) => return out.listed(KIND, Err(gap)),
        }
    }
    let (owners, denied) = owners(host);
    let mut seen = std::collections::BTreeSet::new();
    for l in listeners {
        let address =
            if l.address.is_ipv6() { format!("[{}]", l.address) } else { l.address.to_string() };
        let item = format!("{}/{address}:{}", l.protocol, l.port);
        if !seen.insert(item.clone()) {
            continue;
        }
        let mut r = host.document(KIND, &item);
        let facets = [
            ("Protocol", Value::from(l.protocol)),
            ("Address", l.address.to_string().into()),
            ("Port", l.port.into()),
            ("Local", l.address.is_loopback().into()),
        ];
        r.properties.extend(facets.map(|(k, v)| (k.to_owned(), v)));
        match owners.get(&l.inode) {
            Some((program, unit)) => {
                r.properties.insert("Program".to_owned(), json!(program));
                r.properties.insert("Unit".to_owned(), json!(unit));
            }
            None if denied => {
                let gap = Gap::new(GapState::Denied, "the sockets of other users' processes");
                r.lose("Program", gap.clone());
                r.lose("Unit", gap);
            }
            // The kernel's own, or a process in another namespace.
            None => {
                r.properties.insert("Program".to_owned(), Value::Null);
                r.properties.insert("Unit".to_owned(), Value::Null);
            }
        }
        out.put(r);
    }
    out.listed(KIND, Ok(()));
}

/// A line of `/proc/net/tcp` and its like: a listening TCP socket (0A), an unconnected UDP socket (07).
fn line(text: &str, protocol: &'static str) -> Option<Listener> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let wanted = if protocol == "tcp" { "0A" } else { "07" };
    if words.get(3) != Some(&wanted) {
        return None;
    }
    let (address, port) = words.get(1)?.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let address = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(u32::from_str_radix(address, 16).ok()?.swap_bytes())),
        32 => {
            let mut bytes = Vec::new();
            for at in 0..4 {
                let word = u32::from_str_radix(address.get(at * 8..at * 8 + 8)?, 16).ok()?;
                bytes.extend(word.swap_bytes().to_be_bytes());
            }
            IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?))
        }
        _ => return None,
    };
    Some(Listener { protocol, address, port, inode: words.get(9)?.parse().ok()? })
}

type Owners = BTreeMap<u64, (String, Option<String>)>;

/// Socket to program and unit, through the open files of every process. `true`: some were closed to
/// us.
fn owners(host: &Host<'_>) -> (Owners, bool) {
    let root = host.root();
    let mut out = Owners::new();
    let mut denied = false;
    let Ok(pids) = root.list(Path::new("/proc")) else { return (out, true) };
    for pid in
        pids.iter().filter_map(|p| p.to_str()).filter(|p| p.bytes().all(|b| b.is_ascii_digit()))
    {
        let process = PathBuf::from("/proc").join(pid);
        let files = match root.list(&process.join("fd")) {
            Ok(files) => files,
            Err(miss) => {
                // One that has ended has no files.
                denied |= miss == crate::Miss::Denied
                    || root.lstat(&process).err() != Some(crate::Miss::Absent);
                continue;
            }
        };
        let mut named: Option<(String, Option<String>)> = None;
        for file in files {
            let Ok(target) = root.link(&process.join("fd").join(file)) else { continue };
            let target = target.to_string_lossy().into_owned();
            let inode =
                target.strip_prefix("socket:[").and_then(|t| t.strip_suffix(']')?.parse().ok());
            let Some(inode) = inode else { continue };
            let name = named.get_or_insert_with(|| (program(host, &process), unit(host, &process)));
            // The first holder is the one that was started first.
            out.entry(inode).or_insert_with(|| name.clone());
        }
    }
    (out, denied)
}

fn program(host: &Host<'_>, process: &Path) -> String {
    let name = host.root().read(&process.join("comm")).unwrap_or_default();
    String::from_utf8_lossy(&name).trim().to_owned()
}

/// The unit in the path of a process's control group.
fn unit(host: &Host<'_>, process: &Path) -> Option<String> {
    let text = host.root().read(&process.join("cgroup")).ok()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text
        .lines()
        .find(|l| l.starts_with("0::"))
        .or_else(|| text.lines().find(|l| l.contains("name=systemd")))?;
    let parts = line.rsplit('/');
    parts
        .filter(|p| p.ends_with(".service") || p.ends_with(".socket") || p.ends_with(".scope"))
        .map(str::to_owned)
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_proc() {
        let l = line("   0: 0100007F:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1", "tcp").unwrap();
        assert_eq!((l.address.to_string().as_str(), l.port, l.inode), ("127.0.0.1", 22, 4711));
        let l = line("   0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 0:0 0 0 0 9 1", "udp").unwrap();
        assert_eq!((l.address.to_string().as_str(), l.port), ("::1", 53));
        assert!(
            line("   0: 0100007F:0016 00000000:0000 01 0:0 0:0 0 0 0 9 1", "tcp").is_none(),
            "connected"
        );
        assert!(
            line("sl local_address rem_address st", "tcp").is_none() && line("", "tcp").is_none()
        );
    }
}
