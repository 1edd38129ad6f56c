//! Reads events from files: as CloudTrail delivers them, as `aws cloudtrail lookup-events` and
//! `az monitor activity-log list` print them, or one a line. One event at a time is in memory.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::CorroborateError;
use super::event::{Event, Record, read};

/// How deep folders may lie.
const DEEP: usize = 16;
/// Members that hold a list of events.
const LISTS: [&str; 3] = ["Records", "Events", "value"];
/// Endings of files that are read in a folder.
const ENDINGS: [&str; 5] = [".json", ".gz", ".jsonl", ".ndjson", ".log"];

/// Takes the next event.
pub(super) type Each<'f> = dyn FnMut(Event) + 'f;

/// The files that some paths mean: themselves, or those below them, in order.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CorroborateError> {
    let mut out = Vec::new();
    for path in paths {
        let before = out.len();
        if path.is_dir() {
            walk(path, 0, &mut out)?;
            if out.len() == before {
                return Err(CorroborateError::NoFiles(path.clone()));
            }
        } else {
            out.push(path.clone());
        }
    }
    out.sort();
    out.dedup();
    Ok(out)
}

fn walk(dir: &Path, depth: usize, out: &mut Vec<PathBuf>) -> Result<(), CorroborateError> {
    let failed = |e| CorroborateError::io(dir, e);
    if depth > DEEP {
        return Err(CorroborateError::TooDeep(dir.to_owned()));
    }
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
        if path.is_dir() {
            walk(&path, depth + 1, out)?;
        } else if ENDINGS.iter().any(|e| name.ends_with(e)) {
            out.push(path);
        }
    }
    Ok(())
}

/// Reads one file; how many events it holds.
pub(super) fn events(path: &Path, each: &mut Each<'_>) -> Result<u64, CorroborateError> {
    let mut file = File::open(path).map_err(|e| CorroborateError::io(path, e))?;
    let mut head = Vec::new();
    let read = file.by_ref().take(2).read_to_end(&mut head);
    read.map_err(|e| CorroborateError::io(path, e))?;
    let packed = head == [0x1f, 0x8b];
    let whole = std::io::Cursor::new(head).chain(file);
    if packed {
        values(path, BufReader::new(MultiGzDecoder::new(BufReader::new(whole))), each)
    } else {
        values(path, BufReader::new(whole), each)
    }
}

fn values(path: &Path, reader: impl Read, each: &mut Each<'_>) -> Result<u64, CorroborateError> {
    let mut json = serde_json::Deserializer::from_reader(reader);
    let mut count = 0;
    // One value, or one a line.
    while json.end().is_err() {
        Top { each, count: &mut count }.deserialize(&mut json).map_err(|e| {
            CorroborateError::Json { path: path.to_owned(), line: e.line(), problem: plain(&e) }
        })?;
    }
    Ok(count)
}

/// The error without its place, which is named before it.
fn plain(e: &serde_json::Error) -> String {
    let text = e.to_string();
    text.split(" at line ").next().unwrap_or(&text).to_owned()
}

/// A value of a file: an event, a list of them, or an object that holds a list.
struct Top<'t, 'f> {
    each: &'t mut Each<'f>,
    count: &'t mut u64,
}

impl Top<'_, '_> {
    fn take<E: serde::de::Error>(&mut self, value: &Value) -> Result<(), E> {
        match read(value).map_err(E::custom)? {
            Record::Event(event) => {
                *self.count += 1;
                (self.each)(*event);
            }
            Record::Other => {}
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Top<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("events")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element::<Value>()? {
            self.take(&value)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut own = Map::new();
        let mut held = false;
        while let Some(name) = map.next_key::<String>()? {
            if LISTS.contains(&name.as_str()) {
                held = true;
                map.next_value_seed(List(Top { each: &mut *self.each, count: &mut *self.count }))?;
            } else {
                own.insert(name, map.next_value()?);
            }
        }
        match (held, own.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => Err(A::Error::custom("an empty object is no event")),
            (false, false) => self.take(&Value::Object(own)),
        }
    }
}

/// A list of events and nothing else.
struct List<'t, 'f>(Top<'t, 'f>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self.0)
    }
}
