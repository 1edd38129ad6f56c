//! `linux.packages`: the installed packages, one document for all of them.

use assay_core::{Gap, GapState};
use serde_json::{Map, Value};

use crate::{Host, Output, dpkg};

pub(super) const KIND: &str = "linux.packages";

/// Directories of rpm's database, whatever its format.
const RPM: [&str; 3] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm", "/usr/share/rpm"];

/// Puts the document. A host without packages has none.
pub(super) fn collect(host: &Host<'_>, installed: &super::Installed, out: &mut dyn Output) {
    match read(host, installed) {
        Ok(None) => out.listed(KIND, Ok(())),
        Ok(Some(found)) => {
            let mut r = host.document(KIND, "");
            r.properties.insert("Database".to_owned(), found.database.into());
            match found.unread {
                None => {
                    r.properties.insert("Count".to_owned(), found.installed.len().into());
                    r.properties.insert("Installed".to_owned(), found.installed.into());
                    r.properties.insert("Held".to_owned(), found.held.into());
                    r.properties.insert("Unfinished".to_owned(), found.unfinished.into());
                }
                Some(gap) => {
                    for facet in ["Count", "Installed", "Held", "Unfinished"] {
                        r.lose(facet, gap.clone());
                    }
                }
            }
            out.put(r);
            out.listed(KIND, Ok(()));
        }
        Err(gap) => out.listed(KIND, Err(gap)),
    }
}

struct Packages {
    database: &'static str,
    installed: Map<String, Value>,
    held: Vec<String>,
    unfinished: Vec<String>,
    /// Why the database says nothing.
    unread: Option<Gap>,
}

fn read(host: &Host<'_>, installed: &super::Installed) -> Result<Option<Packages>, Gap> {
    if let Some(all) = installed.as_ref().map_err(Clone::clone)? {
        let mut out = Packages { database: "dpkg", ..empty() };
        for p in all.values() {
            let name = format!("{}:{}", p.name, p.architecture);
            if p.held {
                out.held.push(name.clone());
            }
            if !p.whole {
                out.unfinished.push(name.clone());
            }
            out.installed.insert(name, p.version.as_str().into());
        }
        return Ok(Some(out));
    }
    if let Some(found) = host.text("/lib/apk/db/installed")? {
        let mut out = Packages { database: "apk", ..empty() };
        let mut name = "";
        for line in found.text.lines() {
            match line.split_once(':') {
                Some(("P", value)) => name = value,
                Some(("V", value)) if out.installed.len() < dpkg::MAX_PACKAGES => {
                    out.installed.insert(name.to_owned(), value.into());
                }
                _ => {}
            }
        }
        return Ok(Some(out));
    }
    for path in RPM {
        if host.list(path)?.is_some_and(|names| !names.is_empty()) {
            let detail = format!("{path}: the rpm database is not read yet");
            let gap = Gap::new(GapState::Unsupported, detail);
            return Ok(Some(Packages { database: "rpm", unread: Some(gap), ..empty() }));
        }
    }
    Ok(None)
}

fn empty() -> Packages {
    let installed = Map::new();
    Packages { database: "", installed, held: Vec::new(), unfinished: Vec::new(), unread: None }
}
