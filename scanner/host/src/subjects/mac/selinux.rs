//! SELinux: its mode, its policy, permissive domains.

use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use super::Active;
use crate::Host;
use crate::systemd::{Place, Word};

const CONFIG: &str = "/etc/selinux/config";

/// The mode that the configuration gives: the first line that has one counts.
fn mode(host: &Host<'_>) -> Result<Option<(String, Place)>, Gap> {
    let Some(found) = host.text(CONFIG)? else { return Ok(None) };
    for (line, text) in (1_u32..).zip(found.text.lines()) {
        let Some(value) = text.trim_start().strip_prefix("SELINUX=") else { continue };
        let value = value.trim().to_ascii_lowercase();
        let known =
            ["enforcing", "permissive", "disabled"].into_iter().find(|k| value.starts_with(k));
        if let Some(mode) = known {
            return Ok(Some((mode.to_owned(), Place { file: CONFIG.into(), line })));
        }
    }
    Ok(None)
}

/// The policy's name (`targeted`).
fn policy(host: &Host<'_>) -> Result<String, Gap> {
    let found = host.text(CONFIG)?;
    let name = found
        .iter()
        .flat_map(|f| f.text.lines())
        .find_map(|l| l.trim().strip_prefix("SELINUXTYPE="));
    Ok(name.map_or("targeted", str::trim).to_owned())
}

pub(super) fn active(host: &Host<'_>, words: &[Word]) -> Result<Active, Gap> {
    let made = |on: bool, why: &str, place: Option<Place>| Active {
        system: "selinux",
        on,
        why: why.to_owned(),
        place,
    };
    let Some((mode, place)) = mode(host)? else {
        return Ok(made(false, "SELinux has no configuration", None));
    };
    if mode == "disabled" {
        return Ok(made(false, "its configuration disables it", Some(place)));
    }
    let installed = Path::new("/etc/selinux").join(policy(host)?).join("policy");
    if host.list(&installed)?.is_none_or(|files| files.is_empty()) {
        return Ok(made(false, "its policy is not installed", Some(place)));
    }
    let forced = words.iter().rev().find(|(w, _)| w.starts_with("enforcing="));
    Ok(match (mode.as_str(), forced) {
        (_, Some((word, place))) if word == "enforcing=0" => made(
            false,
            "the kernel's command line has enforcing=0: it only watches",
            Some(place.clone()),
        ),
        ("permissive", None) => made(false, "it is permissive: it only watches", Some(place)),
        _ => made(true, "it enforces its policy", Some(place)),
    })
}

/// Domains that are not enforced: modules that `semanage permissive` makes.
pub(super) fn weak(host: &Host<'_>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    let name = policy(host)?;
    for base in ["/var/lib/selinux", "/etc/selinux"] {
        let modules = Path::new(base).join(&name).join("active/modules");
        for priority in host.list(&modules)?.unwrap_or_default() {
            if host.stat(&priority)?.is_none_or(|s| s.kind != crate::FileKind::Directory) {
                continue;
            }
            for path in host.list(&priority)?.unwrap_or_default() {
                let module = path.file_name().map(|n| n.to_string_lossy().into_owned());
                let domain = module.as_deref().and_then(|m| m.strip_prefix("permissive_"));
                if let Some(domain) = domain {
                    let file = path.display().to_string();
                    out.push(
                        json!({"profile": domain, "state": "complains", "file": file, "line": 1}),
                    );
                }
            }
        }
    }
    Ok(out.into())
}
