//! Mandatory access control: whether a system is on after the next start, and what of it only
//! watches.

mod apparmor;
mod selinux;

#[cfg(test)]
mod tests;

use assay_core::Gap;
use serde_json::{Value, json};

use super::units::at;
use crate::systemd::{self, Init, Place, Units, Word};
use crate::{Host, Output, Subject};

/// AppArmor, SELinux and their like.
pub(crate) static SUBJECT: Subject = Subject { name: "mac", types: &["linux.mac"], collect };

const KIND: &str = "linux.mac";

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let units = match systemd::units(host) {
        Ok(units) => units,
        Err(gap) => return out.listed(KIND, Err(gap)),
    };
    // The kernel of a container is not its own.
    if units.init == Init::None {
        return out.listed(KIND, Ok(()));
    }
    let mut r = host.document(KIND, "");
    match active(host, &units) {
        Ok(active) => {
            let selinux = active.system == "selinux";
            r.properties.insert("Active".to_owned(), active.json());
            let weak = if selinux { selinux::weak(host) } else { apparmor::weak(host) };
            match weak {
                Ok(weak) => {
                    r.properties.insert("Weak".to_owned(), weak);
                }
                Err(gap) => r.lose("Weak", gap),
            }
        }
        Err(gap) => {
            r.lose("Active", gap.clone());
            r.lose("Weak", gap);
        }
    }
    out.put(r);
    out.listed(KIND, Ok(()));
}

/// The system that is on, or why none is.
pub(super) struct Active {
    pub(super) system: &'static str,
    pub(super) on: bool,
    pub(super) why: String,
    pub(super) place: Option<Place>,
}

impl Active {
    fn json(&self) -> Value {
        let mut out = json!({"system": self.system, "on": self.on, "why": self.why});
        if let (Some(map), Some(place)) = (out.as_object_mut(), self.place.as_ref().map(at)) {
            map.extend(place.as_object().cloned().unwrap_or_default());
        }
        out
    }
}

/// The systems of which only one can be on.
const EXCLUSIVE: [&str; 4] = ["apparmor", "selinux", "smack", "tomoyo"];

fn active(host: &Host<'_>, units: &Units) -> Result<Active, Gap> {
    // Every ordinary entry of the menu must leave it on.
    let lines = systemd::kernel_lines(host)?.unwrap_or_default();
    let built = built(host)?;
    let mut last = None;
    for words in if lines.is_empty() { vec![Vec::new()] } else { lines } {
        let active = by(host, units, &words, &built)?;
        if !active.on {
            return Ok(active);
        }
        last = Some(active);
    }
    let none =
        || Active { system: "none", on: false, why: "none is installed".to_owned(), place: None };
    Ok(last.unwrap_or_else(none))
}

/// The order in which the kernel was built to try them; by the distribution where its build is not
/// on the disk.
fn built(host: &Host<'_>) -> Result<Vec<String>, Gap> {
    let builds = crate::boot::builds(host)?;
    if let Some(order) = builds.iter().filter_map(|b| b.option("CONFIG_LSM")).next_back() {
        return Ok(order.split(',').map(str::to_owned).collect());
    }
    let mut ids = String::new();
    for path in ["/etc/os-release", "/usr/lib/os-release"] {
        if let Some(found) = host.text(path)? {
            let all = systemd::variables(&found.text);
            let wanted = all.into_iter().filter(|(k, _, _)| k == "ID" || k == "ID_LIKE");
            ids = wanted.map(|(_, v, _)| format!(" {v} ")).collect();
            break;
        }
    }
    let first = |names: &[&str]| names.iter().any(|n| ids.contains(&format!(" {n} ")));
    Ok(if first(&["rhel", "fedora", "centos"]) || ids.contains("rhel") {
        vec!["selinux".to_owned()]
    } else if first(&["debian", "ubuntu", "suse", "opensuse", "opensuse-leap", "sles"])
        || ids.contains("suse")
        || ids.contains("debian")
    {
        vec!["apparmor".to_owned(), "selinux".to_owned(), "tomoyo".to_owned()]
    } else {
        Vec::new()
    })
}

fn by(host: &Host<'_>, units: &Units, words: &[Word], built: &[String]) -> Result<Active, Gap> {
    let value = |key: &str| {
        words.iter().rev().find_map(|(w, p)| Some((w.strip_prefix(key)?.strip_prefix('=')?, p)))
    };
    let mut order: Vec<String> = built.to_vec();
    let mut chosen = None;
    if let Some((list, place)) = value("lsm") {
        order = list.split(',').map(str::to_owned).collect();
        chosen = Some(place.clone());
    } else if let Some((one, place)) = value("security") {
        order.retain(|o| !EXCLUSIVE.contains(&o.as_str()));
        order.push(one.to_owned());
        chosen = Some(place.clone());
    }
    let mut refused: Option<(&str, Place)> = None;
    for name in order.iter().filter_map(|o| EXCLUSIVE.into_iter().find(|e| e == o)) {
        let switch = value(name).filter(|_| ["apparmor", "selinux"].contains(&name));
        if let Some(("0", place)) = switch {
            refused = refused.or_else(|| Some((name, place.clone())));
            continue;
        }
        let found = match name {
            "apparmor" => apparmor::active(host, units)?,
            "selinux" => selinux::active(host, words)?,
            other => {
                let (why, place) = ("the kernel has it on".to_owned(), chosen.clone());
                Active { system: other, on: true, why, place }
            }
        };
        // What was switched off is the reason, not what could have stood in for it.
        if found.on || refused.is_none() {
            return Ok(found);
        }
        break;
    }
    let (system, why, place) = match (refused, chosen) {
        (Some((name, place)), _) => {
            (name, format!("the kernel's command line has {name}=0"), Some(place))
        }
        (None, Some(place)) => {
            ("none", "the kernel's command line chooses none".to_owned(), Some(place))
        }
        (None, None) => ("none", "the kernel has none on by default".to_owned(), None),
    };
    Ok(Active { system, on: false, why, place })
}
