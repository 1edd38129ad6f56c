//! Subordinate ids: ranges that a user may give to containers.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::Gap;
use serde_json::{Value, json};

use super::lines::{is_space, numbered};
use super::tables::{MAX_ENTRIES, Tables};
use crate::Host;

/// A range of one user.
#[derive(Debug, Clone)]
struct Range {
    owner: String,
    start: u64,
    end: u64,
    line: u32,
}

/// The ranges of a file that overlap with others' ranges, or hold ids that accounts have.
///
/// # Errors
/// A gap that names the path.
pub(crate) fn overlaps(host: &Host<'_>, tables: &Tables, file: &str) -> Result<Vec<Value>, Gap> {
    let path = Path::new(file);
    let users = file.ends_with("subuid");
    let Some(found) = host.text(path)? else { return Ok(Vec::new()) };
    let names: BTreeMap<u32, &str> =
        tables.users.iter().rev().map(|u| (u.uid, u.name.as_str())).collect();
    let mut ranges = Vec::new();
    for (line, text) in numbered(&found.text) {
        if let Some(range) = range(&names, text, line) {
            if ranges.len() >= MAX_ENTRIES {
                let detail = format!("{file}: more than {MAX_ENTRIES} ranges");
                return Err(Gap::new(assay_core::GapState::Malformed, detail));
            }
            ranges.push(range);
        }
    }
    ranges.sort_by_key(|r| (r.start, r.end, r.line));
    let mut out = Vec::new();
    // The range that reaches furthest so far, and the furthest one of another owner.
    let mut far: Option<&Range> = None;
    let mut other: Option<&Range> = None;
    for range in &ranges {
        let hit = [far, other].into_iter().flatten().find(|f| f.owner != range.owner);
        if let Some(hit) = hit.filter(|h| h.end > range.start) {
            let (first, second) = if hit.line < range.line { (hit, range) } else { (range, hit) };
            out.push(json!({
                "file": file, "line": second.line, "Owner": second.owner,
                "With": first.owner, "Kind": "range", "From": second.start,
            }));
        }
        match far {
            Some(f) if f.end >= range.end => {
                if f.owner != range.owner && other.is_none_or(|o| o.end < range.end) {
                    other = Some(range);
                }
            }
            Some(f) => {
                if f.owner != range.owner {
                    other = Some(f);
                }
                far = Some(range);
            }
            None => far = Some(range),
        }
    }
    let mut ids: Vec<(u64, &str)> = if users {
        tables.users.iter().map(|u| (u64::from(u.uid), u.name.as_str())).collect()
    } else {
        tables.groups.iter().map(|g| (u64::from(g.gid), g.name.as_str())).collect()
    };
    ids.sort_unstable();
    for range in &ranges {
        let from = ids.partition_point(|(id, _)| *id < range.start);
        let taken = ids.get(from..).unwrap_or_default().iter();
        let taken = taken.take_while(|(id, _)| *id < range.end).find(|(_, n)| *n != range.owner);
        if let Some((id, name)) = taken {
            out.push(json!({
                "file": file, "line": range.line, "Owner": range.owner,
                "With": name, "Kind": "account", "From": id,
            }));
        }
    }
    out.sort_by_key(|v| v.get("line").and_then(Value::as_u64));
    Ok(out)
}

/// `owner:start:count`, the owner by name or number. Others are skipped, as by the programs.
fn range(names: &BTreeMap<u32, &str>, text: &str, line: u32) -> Option<Range> {
    let text = text.trim_matches(is_space);
    if text.is_empty() || text.starts_with('#') {
        return None;
    }
    let mut fields = text.split(':');
    let owner = fields.next()?;
    let start = super::defs::number(fields.next()?)?;
    let count = super::defs::number(fields.next()?)?;
    if fields.next().is_some() || start < 0 || count <= 0 {
        return None;
    }
    let by_id = owner.parse::<u32>().ok();
    let owner = by_id.and_then(|id| names.get(&id).copied()).unwrap_or(owner).to_owned();
    let start = u64::try_from(start).ok()?;
    let end = start.saturating_add(u64::try_from(count).ok()?);
    Some(Range { owner, start, end, line })
}
