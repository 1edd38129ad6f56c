//! Mappings that are open on a running host and that no line of crypttab names.

use std::path::{Path, PathBuf};

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use super::{MAPPING, Tables, headed};
use crate::{Host, Origin, Output, Setting};

/// Most devices that are looked at.
const MAX_DEVICES: usize = 4096;

/// Puts a document for each.
///
/// # Errors
/// What the kernel tells of its devices cannot be read.
pub(super) fn collect(host: &Host<'_>, tables: &Tables, out: &mut dyn Output) -> Result<(), Gap> {
    let text = |path: PathBuf| -> Result<Option<String>, Gap> {
        let bytes = match host.root().read(&path) {
            Ok(bytes) => bytes,
            Err(crate::Miss::Absent) => return Ok(None),
            Err(miss) => return Err(crate::gap(&path, &miss)),
        };
        Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
    };
    let names = match host.root().list(Path::new("/sys/block")) {
        Ok(names) => names,
        Err(crate::Miss::Absent) => return Ok(()),
        Err(miss) => return Err(crate::gap(Path::new("/sys/block"), &miss)),
    };
    crate::at_most(&"/sys/block", "devices", names.len(), MAX_DEVICES)?;
    for name in &names {
        let at = Path::new("/sys/block").join(name);
        let Some(uuid) = text(at.join("dm/uuid"))? else { continue };
        let kind = uuid.strip_prefix("CRYPT-").and_then(|u| u.split('-').next());
        let plain = match kind {
            Some("LUKS1" | "LUKS2") => false,
            Some("PLAIN") => true,
            _ => continue,
        };
        let Some(mapping) = text(at.join("dm/name"))? else { continue };
        if tables.mappings.iter().any(|e| e.name == mapping) {
            continue;
        }
        let slaves = at.join("slaves");
        let slaves = host.root().list(&slaves).map_err(|miss| crate::gap(&slaves, &miss));
        let first = slaves.as_ref().ok().and_then(|all| all.first());
        let device = first.map(|d| format!("/dev/{}", d.to_string_lossy().replace('!', "/")));
        let mut r = host.document(MAPPING, &mapping);
        let now = |value: Value| Setting::of(value, Origin::Running).json();
        for (facet, value) in [
            ("Name", mapping.as_str().into()),
            ("Options", now(json!([]))),
            ("Key", now("by_hand".into())),
        ] {
            r.properties.insert(facet.to_owned(), value);
        }
        match &slaves {
            Ok(_) => {
                let device = device.clone().unwrap_or_default();
                r.properties.insert("Device".to_owned(), device.into());
            }
            Err(gap) => r.lose("Device", gap.clone()),
        }
        let detail = format!(
            "{mapping} is open and crypttab does not name it: what gave its key is not known"
        );
        r.lose("KeyFile", Gap::new(GapState::Unsupported, detail));
        if plain {
            r.properties.insert("Format".to_owned(), now("plain".into()));
            for (facet, value) in [("Derivations", json!([])), ("KeySlots", json!(0))] {
                r.properties.insert(facet.to_owned(), value);
            }
            let detail = format!("{mapping}: the cipher of a volume without a header is not told");
            r.lose("Ciphers", Gap::new(GapState::Unsupported, detail));
        } else {
            let header = match (&device, slaves) {
                (Some(device), _) => super::on_device(host, device),
                (None, Err(gap)) => Err(gap),
                (None, Ok(_)) => {
                    Err(Gap::new(GapState::Failed, format!("{mapping} lies on no device")))
                }
            };
            headed(&mut r, header, &now);
        }
        out.put(r);
    }
    Ok(())
}
