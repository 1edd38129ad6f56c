//! Groups whose members are as good as root.

use std::path::Path;
use std::sync::Arc;

use assay_core::Gap;

use super::lines::{Place, numbered};
use super::tables::{Group, Tables};
use crate::Host;

/// Their names, and what their members can do.
const POWERS: [(&str, &str); 13] = [
    ("sudo", "may run commands as root"),
    ("wheel", "may run commands as root"),
    ("admin", "may run commands as root"),
    ("docker", "may start containers as root"),
    ("lxd", "may start containers as root"),
    ("incus-admin", "may start containers as root"),
    ("microk8s", "may start containers as root"),
    ("snap_microk8s", "may start containers as root"),
    ("libvirt", "may start machines with the host's disks"),
    ("disk", "may read and write the disks"),
    ("shadow", "may read the password hashes"),
    ("kmem", "may read the memory"),
    ("root", "owns what belongs to root's group"),
];

/// What the members of groups can do.
pub(crate) struct Powers {
    /// The group that may use Docker's socket, where it has another name.
    docker: Option<String>,
}

impl Powers {
    /// Reads who may use Docker's socket.
    ///
    /// # Errors
    /// A gap that names the path.
    pub(crate) fn read(host: &Host<'_>) -> Result<Self, Gap> {
        let mut docker = None;
        if let Some(bytes) = host.bytes("/etc/docker/daemon.json")?
            && let Ok(value) = serde_json::from_slice::<serde_json::Value>(&bytes)
            && let Some(group) = value.get("group").and_then(serde_json::Value::as_str)
        {
            docker = Some(group.to_owned());
        }
        let unit = Path::new("/etc/systemd/system/docker.socket");
        let mut files = vec![unit.to_owned()];
        let drop_ins = host.list("/etc/systemd/system/docker.socket.d")?.unwrap_or_default();
        files.extend(drop_ins.into_iter().filter(|p| p.extension().is_some_and(|e| e == "conf")));
        for file in files {
            let Some(found) = host.text(&file)? else { continue };
            for (_, line) in numbered(&found.text) {
                if let Some((key, value)) = line.split_once('=')
                    && key.trim() == "SocketGroup"
                    && !value.trim().is_empty()
                {
                    docker = Some(value.trim().to_owned());
                }
            }
        }
        Ok(Self { docker })
    }

    /// The name by which a group is as good as root, and what its members can do: its own name, or
    /// that of a group with the same id.
    pub(crate) fn of(&self, tables: &Tables, group: &Group) -> Option<(String, &'static str)> {
        if group.gid == 0 {
            return Some(("root".to_owned(), power("root")?));
        }
        let same = tables.groups.iter().filter(|g| g.gid == group.gid);
        std::iter::once(group).chain(same).find_map(|g| {
            if self.docker.as_ref() == Some(&g.name) {
                return Some((g.name.clone(), power("docker")?));
            }
            power(&g.name).map(|p| (g.name.clone(), p))
        })
    }
}

fn power(name: &str) -> Option<&'static str> {
    POWERS.iter().find(|(n, _)| *n == name).map(|(_, p)| *p)
}

/// Groups that pam_group(8) gives whoever signs in, by a line of group.conf(5).
pub(crate) struct Granted {
    /// Whom: names and patterns, as they are written.
    pub(crate) users: Vec<String>,
    /// The groups.
    pub(crate) groups: Vec<String>,
    /// The line.
    pub(crate) place: Place,
}

/// Most PAM stacks that are looked through for the module.
const MAX_STACKS: usize = 2000;

/// What group.conf gives, where a PAM stack asks the module. Times and terminals are no limit to
/// somebody who waits for them.
///
/// # Errors
/// A gap that names the path.
pub(crate) fn granted(host: &Host<'_>) -> Result<Vec<Granted>, Gap> {
    const FILE: &str = "/etc/security/group.conf";
    let Some(found) = host.text(FILE)? else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for (number, line) in numbered(&found.text) {
        let line = line.split('#').next().unwrap_or_default();
        let fields: Vec<&str> = line.split(';').map(str::trim).collect();
        let [_, _, users, _, groups] = fields.as_slice() else { continue };
        let words = |text: &str, by: &[char]| -> Vec<String> {
            let all = text.split(by).map(str::trim);
            all.filter(|w| !w.is_empty() && !w.starts_with('!')).map(str::to_owned).collect()
        };
        out.push(Granted {
            users: words(users, &['|', '&']),
            groups: words(groups, &[',', ' ', '\t']),
            place: Place { file: Arc::from(Path::new(FILE)), line: number },
        });
    }
    if out.is_empty() {
        return Ok(out);
    }
    for stack in host.few("/etc/pam.d", MAX_STACKS)? {
        let Some(found) = host.text(&stack)? else { continue };
        let asks = |l: &str| !l.trim_start().starts_with('#') && l.contains("pam_group.so");
        if found.text.lines().any(asks) {
            return Ok(out);
        }
    }
    Ok(Vec::new())
}
