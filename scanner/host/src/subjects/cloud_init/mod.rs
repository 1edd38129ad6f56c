//! cloud-init: whether it runs at boot, which passwords its data holds, and what it does to SSH.

mod data;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use assay_core::Gap;
use serde_json::{Value, json};

use super::units::placed;
use crate::systemd::{self, Place, Starts};
use crate::{Host, Origin, Output, Setting, Subject};

/// cloud-init.
pub(crate) static SUBJECT: Subject =
    Subject { name: "cloud_init", types: &["linux.cloud_init"], collect };

const KIND: &str = "linux.cloud_init";

/// Most files.
const MAX: usize = 500;

fn collect(host: &Host<'_>, out: &mut dyn Output) {
    let there = |path: &str| host.stat(path).map(|s| s.is_some());
    let installed = there("/etc/cloud").and_then(|a| Ok(a || there("/var/lib/cloud")?));
    match installed {
        Ok(false) => return out.listed(KIND, Ok(())),
        Err(gap) => return out.listed(KIND, Err(gap)),
        Ok(true) => {}
    }
    let mut r = host.document(KIND, "");
    match enabled(host) {
        Ok(value) => {
            r.properties.insert("Enabled".to_owned(), value);
        }
        Err(gap) => r.lose("Enabled", gap),
    }
    let mut secrets = Vec::new();
    let mut settings: [Option<Setting>; 2] = [None, None];
    let mut lost: Option<Gap> = None;
    match files(host) {
        Ok(files) => {
            for (path, decides) in files {
                let found = match host.text(&path) {
                    Ok(Some(found)) => found,
                    Ok(None) => continue,
                    Err(gap) => {
                        lost = Some(gap);
                        continue;
                    }
                };
                let read = data::read(&found.text);
                for s in &read.secrets {
                    secrets.push(json!({"what": s.what, "kind": s.kind, "file": path.display().to_string(), "line": s.line}));
                }
                if !decides {
                    continue;
                }
                for (slot, found) in settings.iter_mut().zip([read.ssh_pwauth, read.disable_root]) {
                    let Some((value, line)) = found else { continue };
                    let mut next = Setting::in_file(value, &path, line);
                    if let Some(old) = slot.take() {
                        next.others = old.others;
                        if let Some((file, line)) = old.place {
                            next = next.beating(old.value, Path::new(&file), line);
                        }
                    }
                    *slot = Some(next);
                }
            }
        }
        Err(gap) => lost = Some(gap),
    }
    let [pwauth, root] = settings;
    let facets = [
        ("Secrets", Value::from(secrets)),
        (
            "SshPasswordAuthentication",
            pwauth.unwrap_or_else(|| Setting::of("unchanged", Origin::Default)).json(),
        ),
        ("DisableRoot", root.unwrap_or_else(|| Setting::of(true, Origin::Default)).json()),
    ];
    for (name, value) in facets {
        match &lost {
            // What a closed file says may be the last word.
            Some(gap) => r.lose(name, gap.clone()),
            None => {
                r.properties.insert(name.to_owned(), value);
            }
        }
    }
    out.put(r);
    out.listed(KIND, Ok(()));
}

/// Whether it runs at boot, and what says so.
fn enabled(host: &Host<'_>) -> Result<Value, Gap> {
    let off = Path::new("/etc/cloud/cloud-init.disabled");
    if host.stat(off)?.is_some() {
        return Ok(placed(false, Some(&Place::of(off))));
    }
    let words = systemd::kernel_words(host)?.unwrap_or_default();
    if let Some((_, place)) = words.iter().find(|(w, _)| w == "cloud-init=disabled") {
        return Ok(placed(false, Some(place)));
    }
    let units = systemd::units(host)?;
    let names =
        ["cloud-init.service", "cloud-init-main.service", "cloud-config.service", "cloud-init"];
    Ok(match units.any_starts(&names) {
        Starts::Unknown(gap) => return Err(gap),
        starts => placed(starts.may(), starts.place()),
    })
}

/// Its files in the order in which they decide, the last wins; `false`: only what it was given before.
fn files(host: &Host<'_>) -> Result<Vec<(PathBuf, bool)>, Gap> {
    let mut out = vec![(PathBuf::from("/etc/cloud/cloud.cfg"), true)];
    for path in host.list("/etc/cloud/cloud.cfg.d")?.unwrap_or_default() {
        if path.extension().is_some_and(|e| e == "cfg") {
            out.push((path, true));
        }
    }
    let seeds = [
        "/var/lib/cloud/seed/nocloud",
        "/var/lib/cloud/seed/nocloud-net",
        "/var/lib/cloud/seed/ec2",
        "/var/lib/cloud/seed/openstack",
    ];
    for seed in seeds {
        for name in ["vendor-data", "user-data"] {
            out.push((Path::new(seed).join(name), true));
        }
    }
    let mut instances = host.few("/var/lib/cloud/instances", MAX)?;
    // The link names the present one: it has the last word.
    instances.push(PathBuf::from("/var/lib/cloud/instance"));
    let current = host.root().resolve(Path::new("/var/lib/cloud/instance")).ok();
    for directory in instances {
        let link = directory == Path::new("/var/lib/cloud/instance");
        if !link && current.as_ref() == Some(&directory) {
            continue;
        }
        for name in ["vendor-data.txt", "user-data.txt"] {
            out.push((directory.join(name), link));
        }
    }
    out.push((PathBuf::from("/root/anaconda-ks.cfg"), false));
    Ok(out)
}
