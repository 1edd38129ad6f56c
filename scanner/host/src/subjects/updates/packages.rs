//! `linux.packages`: the installed packages, one document for all of them.

use std::collections::BTreeMap;

use assay_core::Gap;
use serde_json::{Map, Value};

use crate::packages::{self, Kind, rpm};
use crate::{Host, Output};

pub(super) const KIND: &str = "linux.packages";

/// Puts the document. A host without packages has none.
pub(super) fn collect(
    host: &Host<'_>,
    installed: &super::Installed,
    held: &Result<Vec<String>, Gap>,
    out: &mut dyn Output,
) {
    match read(host, installed, held) {
        Ok(None) => out.listed(KIND, Ok(())),
        Ok(Some(found)) => {
            let mut r = host.document(KIND, "");
            r.properties.insert("Database".to_owned(), found.database.into());
            match found.unread {
                None => {
                    r.properties.insert("Count".to_owned(), found.installed.len().into());
                    r.properties.insert("Installed".to_owned(), found.installed.into());
                    match found.unheld {
                        None => drop(r.properties.insert("Held".to_owned(), found.held.into())),
                        Some(gap) => r.lose("Held", gap),
                    }
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
    /// Why it is not known which packages are kept.
    unheld: Option<Gap>,
}

fn read(
    host: &Host<'_>,
    installed: &super::Installed,
    held: &Result<Vec<String>, Gap>,
) -> Result<Option<Packages>, Gap> {
    let dpkg = installed.as_ref().map_err(Clone::clone)?.as_ref();
    if let Some(all) = dpkg.filter(|all| !all.is_empty()) {
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
    let database = match packages::database(host) {
        Ok(None) => return Ok(dpkg.map(|_| Packages { database: "dpkg", ..empty() })),
        Ok(Some(database)) => database,
        Err(gap) => {
            return Ok(Some(Packages { database: which(host)?, unread: Some(gap), ..empty() }));
        }
    };
    let rpm = database.kind == Kind::Rpm;
    let mut out = Packages { database: if rpm { "rpm" } else { "apk" }, ..empty() };
    match held {
        Ok(held) => out.held.clone_from(held),
        Err(gap) => out.unheld = Some(gap.clone()),
    }
    let mut versions: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for p in &database.packages {
        let name = if rpm { format!("{}.{}", p.name, p.architecture) } else { p.name.clone() };
        if !p.whole {
            out.unfinished.push(name.clone());
        }
        versions.entry(name).or_default().push(&p.version);
    }
    for (name, mut all) in versions {
        // Of kernels several versions are installed.
        all.sort_by(|a, b| rpm::version::compare(a, b));
        out.installed.insert(name, all.join(", ").into());
    }
    Ok(Some(out))
}

/// Whose database it is that cannot be read.
fn which(host: &Host<'_>) -> Result<&'static str, Gap> {
    let apk = host.stat("/lib/apk/db")?.is_some() || host.stat("/usr/lib/apk/db")?.is_some();
    Ok(if apk { "apk" } else { "rpm" })
}

fn empty() -> Packages {
    Packages {
        database: "",
        installed: Map::new(),
        held: Vec::new(),
        unfinished: Vec::new(),
        unread: None,
        unheld: None,
    }
}
