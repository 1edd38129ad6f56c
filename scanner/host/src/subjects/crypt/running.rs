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
    for name in names.iter().take(MAX_DEVICES) {
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
        let slaves = host.root().list(&at.join("slaves")).unwrap_or_default();
        let device =
            slaves.first().map(|d| format!("/dev/{}", d.to_string_lossy().replace('!', "/")));
        let mut r = host.document(MAPPING, &mapping);
        let now = |value: Value| Setting::of(value, Origin::Running).json();
        for (facet, value) in [
            ("Name", mapping.as_str().into()),
            ("Device", device.clone().unwrap_or_default().into()),
            ("Options", now(json!([]))),
            ("Key", now("by_hand".into())),
        ] {
            r.properties.insert(facet.to_owned(), value);
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
            let header = match &device {
                Some(device) => super::on_device(host, device),
                None => Err(Gap::new(GapState::Failed, format!("{mapping} lies on no device"))),
            };
            headed(&mut r, header, &now);
        }
        out.put(r);
    }
    Ok(())
}
