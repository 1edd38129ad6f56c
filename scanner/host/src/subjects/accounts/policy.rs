//! What holds for all accounts: defaults of new ones, where they are looked up, subordinate ids.

use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::defs::{Defs, useradd};
use super::facet;
use super::home::first;
use super::subids;
use super::tables::Tables;
use crate::{Host, Origin, Setting};

/// Files that let whole hosts in without a password.
const TRUST: [&str; 2] = ["/etc/hosts.equiv", "/etc/ssh/shosts.equiv"];

/// The document.
pub(crate) fn document(host: &Host<'_>, tables: &Tables) -> Resource {
    let mut r = host.document("linux.accounts", "");
    let defs = Defs::login(host);
    for (name, default) in
        [("PASS_MAX_DAYS", -1), ("PASS_MIN_DAYS", -1), ("PASS_WARN_AGE", -1), ("UID_MIN", 1000)]
    {
        let value = defs.as_ref().map(|d| d.number(name, Some(default)).json());
        facet(&mut r, name, value.map_err(Clone::clone));
    }
    let inactive = useradd(host).map(|d| d.number("INACTIVE", Some(-1)).json());
    facet(&mut r, "INACTIVE", inactive);
    let databases: Vec<Value> = tables
        .switch
        .0
        .iter()
        .map(|d| {
            let mut v = json!({"Database": d.name, "Sources": d.setting.value});
            if let (Some((file, line)), Some(map)) = (&d.setting.place, v.as_object_mut()) {
                map.insert("file".to_owned(), file.as_str().into());
                map.insert("line".to_owned(), (*line).into());
            }
            v
        })
        .collect();
    r.properties.insert("NameServices".to_owned(), databases.into());
    let compat = tables.compat.iter().filter(|(_, counts)| *counts);
    let compat: Vec<Value> = compat
        .take(100)
        .map(|(p, _)| json!({"file": p.file.display().to_string(), "line": p.line}))
        .collect();
    r.properties.insert("CompatEntries".to_owned(), compat.into());
    let mut unseen: Vec<String> = tables.unseen.iter().map(|(d, s)| format!("{d}: {s}")).collect();
    unseen.dedup();
    r.properties.insert("UnseenSources".to_owned(), unseen.into());
    facet(&mut r, "SubordinateOverlaps", overlaps(host, tables));
    facet(&mut r, "TrustFiles", trust(host));
    r
}

fn overlaps(host: &Host<'_>, tables: &Tables) -> Result<Value, Gap> {
    let other = tables.switch.get("subid").map(|d| &d.sources);
    if let Some(source) = other.and_then(|s| s.first()).filter(|s| s.name != "files") {
        let detail = format!("subordinate ids come from {}", source.name);
        return Err(Gap::new(assay_core::GapState::Unsupported, detail));
    }
    if let Err(gap) = tables.all_users.as_ref().and(tables.all_groups.as_ref()) {
        return Err(gap.clone());
    }
    let mut all = subids::overlaps(host, tables, "/etc/subuid")?;
    all.extend(subids::overlaps(host, tables, "/etc/subgid")?);
    Ok(all.into())
}

fn trust(host: &Host<'_>) -> Result<Value, Gap> {
    let mut out = Vec::new();
    for file in TRUST {
        let entry = |l: &str| !l.is_empty() && !l.starts_with(['#', '-']);
        if let Some(line) = first(host, Path::new(file), entry)? {
            out.push(json!({"file": file, "line": line, "Kind": "hosts"}));
        }
    }
    Ok(out.into())
}

/// The smallest id of a person. A value beside the usual ones would hide service accounts, or people.
pub(crate) fn uid_min(host: &Host<'_>) -> Result<u32, Gap> {
    let min = Defs::login(host)?.number("UID_MIN", Some(1000));
    let min = if min.origin == Origin::Default { 1000 } else { min.value.as_i64().unwrap_or(1000) };
    Ok(u32::try_from(min.clamp(500, 60_000)).unwrap_or(1000))
}

/// A value that a place decides.
pub(crate) fn at(value: impl Into<Value>, place: &super::lines::Place) -> Value {
    Setting::in_file(value, &place.file, place.line).json()
}
