//! From where a failure points to the file and line that decide it.

use assay_core::verdict::{Failure, Place};
use assay_core::{Path, Verdict, path::Segment};
use regorus::Value;

/// Gives failures the file and line of the value that they point at.
///
/// The place is that of the value at the pointer, or else of its nearest ancestor that has one: an
/// object with a text `file` (and mostly a `line`), or one that tells who can access or write the
/// file `path`. Documents of clouds have neither.
pub(crate) fn locate(properties: Option<&Value>, verdicts: &mut [Verdict]) {
    let Some(properties) = properties else { return };
    for failure in verdicts.iter_mut().flat_map(|v| &mut v.failures) {
        failure.place = of(properties, failure);
    }
}

fn of(properties: &Value, failure: &Failure) -> Option<Place> {
    let path = Path::parse(&failure.at);
    let mut steps = path.0.iter().map(|s| match s {
        Segment::Key(key) => key.as_str(),
        Segment::Any => "*",
    });
    let mut here = member(properties, steps.next()?)?;
    let mut place = place(here);
    for step in steps {
        here = match here {
            Value::Object(_) => member(here, step)?,
            Value::Array(list) => step.parse().ok().and_then(|i: usize| list.get(i))?,
            _ => return place,
        };
        place = self::place(here).or(place);
    }
    place
}

fn place(value: &Value) -> Option<Place> {
    let text = |key| match member(value, key) {
        Some(Value::String(s)) if s.starts_with('/') => Some(s.to_string()),
        _ => None,
    };
    if let Some(file) = text("file") {
        let line = match member(value, "line") {
            Some(Value::Number(n)) => n.as_u64(),
            _ => None,
        };
        let line = line.and_then(|l| u32::try_from(l).ok()).filter(|l| *l > 0);
        return Some(Place { file, line });
    }
    let access = (member(value, "mode").is_some() && member(value, "readers").is_some())
        || member(value, "writers").is_some();
    text("path").filter(|_| access).map(|file| Place { file, line: None })
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(&Value::from(name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nearest_file_above_a_pointer_is_the_place() {
        let doc = json!({
            "Port": {"value": 22, "origin": "file", "file": "/etc/ssh/sshd_config", "line": 3},
            "Quiet": {"value": true, "origin": "default"},
            "Entries": [{"file": "/etc/fstab", "line": 7, "Options": {"value": ["a"]}}, {"file": 3}],
            "Key": {"path": "/etc/shadow", "mode": "0644", "readers": []},
            "Programs": [{"path": "/opt/job", "writers": ["everyone"]}],
            "Plain": {"path": "/x"}
        });
        let at = |at: &str| {
            let failure = Failure {
                key: String::new(),
                message: String::new(),
                at: at.to_owned(),
                fingerprint: String::new(),
                waiver: None,
                place: None,
            };
            of(&crate::set::to_rego(&doc), &failure).map(|p| p.to_string())
        };
        assert_eq!(at("/Port").as_deref(), Some("/etc/ssh/sshd_config:3"));
        assert_eq!(at("/Port/value").as_deref(), Some("/etc/ssh/sshd_config:3"));
        assert_eq!(at("/Entries/0/Options/value/0").as_deref(), Some("/etc/fstab:7"));
        assert_eq!(at("/Key/mode").as_deref(), Some("/etc/shadow"));
        assert_eq!(at("/Programs/0").as_deref(), Some("/opt/job"));
        for none in ["", "/Quiet", "/Entries", "/Entries/1", "/Plain", "/Nope/x"] {
            assert_eq!(at(none), None, "{none}");
        }
    }
}
