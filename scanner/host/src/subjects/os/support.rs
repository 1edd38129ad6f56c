//! Until when a release gets security updates, from a dated table.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use assay_core::{Gap, GapState};
use serde_json::{Value, json};

use crate::Host;

/// The table. Its own comments say what its words mean.
const TABLE: &str = include_str!("../../../../../policies/tables/linux_support.yaml");

#[derive(Debug)]
struct Table {
    as_of: String,
    rolling: Vec<String>,
    distributions: BTreeMap<String, Distribution>,
}

#[derive(Debug)]
struct Distribution {
    title: String,
    by: By,
    source: String,
    extension: Option<String>,
    releases: BTreeMap<String, (String, Option<String>)>,
}

/// Which part of a version names the release.
#[derive(Debug, Clone, Copy)]
enum By {
    Major,
    Minor,
    Exact,
}

/// What the table says of a release: `{Release, Ends, Extension, Source, Table}`. `null`: it rolls, and
/// has no end.
///
/// # Errors
/// A release that is not in the table.
pub(super) fn of(host: &Host<'_>, id: &str, version: Option<&str>) -> Result<Value, Gap> {
    let Some(table) = table() else {
        return Err(Gap::new(GapState::Malformed, "the table of releases cannot be read"));
    };
    if table.rolling.iter().any(|r| r == id) {
        return Ok(Value::Null);
    }
    let unknown = || {
        let name = format!("{id} {}", version.unwrap_or("without a version"));
        let detail = format!("{name} is not in the table of releases of {}", table.as_of);
        Gap::new(GapState::Unsupported, detail)
    };
    let distribution = table.distributions.get(id).ok_or_else(unknown)?;
    let version = version.ok_or_else(unknown)?;
    let parts: Vec<&str> = version.split('.').collect();
    let release = match (distribution.by, parts.as_slice()) {
        (By::Major, [major, ..]) => (*major).to_owned(),
        (By::Minor, [major, minor, ..]) => format!("{major}.{minor}"),
        _ => version.to_owned(),
    };
    let (ends, extended) = distribution.releases.get(&release).ok_or_else(unknown)?;
    let extension = match (extended, &distribution.extension) {
        (Some(ends), Some(name)) => json!({
            "Name": name, "Ends": day(ends), "Attached": attached(host, id)?,
        }),
        _ => Value::Null,
    };
    Ok(json!({
        "Release": format!("{} {release}", distribution.title),
        "Ends": day(ends),
        "Extension": extension,
        "Source": distribution.source,
        "Table": table.as_of,
    }))
}

/// The last second of a day.
fn day(date: &str) -> String {
    format!("{date}T23:59:59Z")
}

/// Whether the host itself says that it has the subscription. Only Ubuntu leaves a file that tells.
fn attached(host: &Host<'_>, id: &str) -> Result<bool, Gap> {
    if id != "ubuntu" {
        return Ok(false);
    }
    Ok(host.stat("/var/lib/ubuntu-advantage/private/machine-token.json")?.is_some())
}

fn table() -> Option<&'static Table> {
    static READ: OnceLock<Option<Table>> = OnceLock::new();
    READ.get_or_init(read).as_ref()
}

fn read() -> Option<Table> {
    let all: Value = yaml_serde::from_str(TABLE).ok()?;
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let mut distributions = BTreeMap::new();
    for (id, one) in all.get("distributions")?.as_object()? {
        let mut releases = BTreeMap::new();
        for (version, days) in one.get("releases")?.as_object()? {
            let extended = days.get("extended").and_then(text);
            releases.insert(version.clone(), (text(days.get("ends")?)?, extended));
        }
        let by = match one.get("match")?.as_str()? {
            "major" => By::Major,
            "minor" => By::Minor,
            _ => By::Exact,
        };
        let distribution = Distribution {
            title: text(one.get("title")?)?,
            by,
            source: text(one.get("source")?)?,
            extension: one.get("extension").and_then(text),
            releases,
        };
        distributions.insert(id.clone(), distribution);
    }
    let rolling = all.get("rolling")?.as_array()?.iter().filter_map(text).collect();
    Some(Table { as_of: text(all.get("as_of")?)?, rolling, distributions })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    fn ends(id: &str, version: Option<&str>) -> Result<String, String> {
        let m = Memory::new(Standing::AtRest);
        let host = Host::new(&m, "h", assay_core::Timestamp::UNIX_EPOCH);
        let got = of(&host, id, version).map_err(|gap| gap.detail)?;
        Ok(got["Ends"].as_str().unwrap_or("never").to_owned())
    }

    #[test]
    fn every_row_is_a_day_and_names_its_source() {
        let table = table().unwrap();
        assert!(table.distributions.len() >= 12);
        for (id, d) in &table.distributions {
            assert!(d.source.starts_with("https://"), "{id}");
            for (version, (ends, extended)) in &d.releases {
                for date in std::iter::once(ends).chain(extended) {
                    assert!(
                        day(date).parse::<assay_core::Timestamp>().is_ok(),
                        "{id} {version} {date}"
                    );
                }
                assert!(extended.as_ref().is_none_or(|e| e > ends), "{id} {version}");
            }
        }
    }

    #[test]
    fn releases_are_found_by_their_part_of_the_version() {
        assert_eq!(ends("debian", Some("12")).unwrap(), "2028-06-30T23:59:59Z");
        assert_eq!(ends("rhel", Some("9.4")).unwrap(), "2032-05-31T23:59:59Z");
        assert_eq!(ends("alpine", Some("3.19.1")).unwrap(), "2025-11-01T23:59:59Z");
        assert_eq!(ends("sles", Some("15")).unwrap(), "2019-12-31T23:59:59Z");
        assert_eq!(ends("arch", None).unwrap(), "never");
        assert!(ends("debian", None).unwrap_err().contains("table of releases of 20"));
        assert!(ends("debian", Some("99")).is_err());
        assert!(ends("x", Some("1")).is_err());
    }
}
