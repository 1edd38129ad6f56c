//! An estate that is written down in several files.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Estate, Fault, Harm};

/// Joins the files of an estate ([`Estate::from_value`]): lists are appended, objects are merged.
///
/// Beside what an estate has, files may hold `names`, which are replaced wherever they stand, and
/// `refused`: `[{at, status, code}]`, ends of paths and how they are answered instead.
///
/// # Errors
/// What is missing or said twice.
pub fn read(files: Vec<Value>) -> Result<(Estate, Vec<Fault>), String> {
    let mut whole = Map::new();
    for file in files {
        let Value::Object(file) = file else { return Err("a file is no object".to_owned()) };
        for (key, value) in file {
            join(&mut whole, key, value)?;
        }
    }
    let mut names: Vec<(String, String)> = whole
        .remove("names")
        .and_then(|names| names.as_object().cloned())
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
        .collect();
    // The longest first: `$SHOPID` is not `$SHOP` with a tail.
    names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let whole = replaced(Value::Object(whole), &names);
    let refused = whole.get("refused").and_then(Value::as_array).into_iter().flatten();
    let faults: Option<Vec<Fault>> = refused.map(fault).collect();
    let faults = faults.ok_or("a refusal needs `at`, `status` and `code`")?;
    Ok((Estate::from_value(&whole)?, faults))
}

fn join(whole: &mut Map<String, Value>, key: String, value: Value) -> Result<(), String> {
    match (whole.get_mut(&key), value) {
        (None, value) => {
            whole.insert(key, value);
        }
        (Some(Value::Array(all)), Value::Array(more)) => all.extend(more),
        (Some(Value::Object(all)), Value::Object(more)) => {
            for (name, value) in more {
                if all.insert(name.clone(), value).is_some() {
                    return Err(format!("`{name}` is there twice"));
                }
            }
        }
        _ => return Err(format!("`{key}` is there twice")),
    }
    Ok(())
}

fn replaced(value: Value, names: &[(String, String)]) -> Value {
    let text = |text: String| names.iter().fold(text, |t, (name, value)| t.replace(name, value));
    match value {
        Value::String(s) => Value::String(text(s)),
        Value::Array(list) => list.into_iter().map(|v| replaced(v, names)).collect(),
        Value::Object(map) => {
            let all: BTreeMap<String, Value> =
                map.into_iter().map(|(k, v)| (text(k), replaced(v, names))).collect();
            Value::Object(all.into_iter().collect())
        }
        other => other,
    }
}

fn fault(said: &Value) -> Option<Fault> {
    let status = u16::try_from(said.get("status")?.as_u64()?).ok()?;
    let code = said.get("code")?.as_str()?.to_owned();
    Some(Fault::at(said.get("at")?.as_str()?, Harm::Refused(status, code)))
}
