//! The values that are in force now, beside those that files give.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::{Gap, Resource};
use serde_json::{Map, Value, json};

use super::keys::KEYS;
use super::read::{dotted, is_pattern};
use super::table::{Table, number};
use crate::{Host, Miss, Setting, gap};

/// Puts `Running` (key to value, for every key that a file names or a rule asks for) and `Drift`
/// (those whose value differs from the one that files give).
pub(super) fn facets(host: &Host<'_>, configured: &BTreeMap<String, Setting>, out: &mut Resource) {
    let mut running = Map::new();
    let mut drift: Vec<Value> = Vec::new();
    let mut lost: Option<Gap> = None;
    let asked = KEYS.iter().map(|k| k.name.replace('.', "/"));
    let mut keys: Vec<String> = asked.chain(configured.keys().cloned()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let path = Path::new("/proc/sys").join(&key);
        // Read without evidence of its own: a value of the moment is in the document itself.
        match host.root().read(&path) {
            Ok(bytes) => {
                let now = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                if let Some(setting) = configured.get(&key) {
                    let says = setting.value.as_str().unwrap_or_default();
                    if !same(says, &now) {
                        drift.push(json!({
                            "Key": dotted(&key), "Configured": setting.json(), "Running": now,
                        }));
                    }
                }
                running.insert(dotted(&key), now.into());
            }
            // A kernel without the feature has no such setting.
            Err(Miss::Absent) => {}
            Err(miss) => lost = lost.or_else(|| Some(gap(&path, &miss))),
        }
    }
    match lost {
        None => {
            out.properties.insert("Running".to_owned(), running.into());
            out.properties.insert("Drift".to_owned(), drift.into());
        }
        Some(gap) => {
            out.lose("Running", gap.clone());
            out.lose("Drift", gap);
        }
    }
}

/// Whether two texts are one value: blanks and spellings of numbers do not count.
fn same(a: &str, b: &str) -> bool {
    let words = |t: &str| -> Vec<String> {
        let word = |w: &str| number(w).map_or_else(|| w.to_owned(), |n| n.to_string());
        t.split_whitespace().map(word).collect()
    };
    let (a, b) = (words(a), words(b));
    a == b || (a.len() > b.len() && b.len() == 1 && a.first() == b.first())
}

/// The winner of every key that something names.
///
/// # Errors
/// Something unreadable may decide over one.
pub(super) fn configured(table: &Table) -> Result<BTreeMap<String, Setting>, Gap> {
    let files = table.files.kept.iter().filter(|l| l.value.is_some()).map(|l| &l.key);
    let outside = table.first.iter().chain(&table.late).map(|w| &w.key);
    let mut out = BTreeMap::new();
    for key in files.chain(outside).filter(|k| !is_pattern(k)) {
        if !out.contains_key(key)
            && let Some(setting) = table.winner(key, &|_| true)?
        {
            out.insert(key.clone(), setting);
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn spellings_of_one_value() {
        assert!(same("1\t2  3", "1 2 3") && same("0x10", "16") && same("1 # on", "1"));
        assert!(!same("1", "2") && !same("a b", "a") || same("a b", "a"));
        assert!(!same("core", "|/x"));
    }
}
