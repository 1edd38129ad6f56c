//! What the provider says of engine versions: asked once for each version that runs, and once for
//! the support phases of all major versions.

use std::collections::BTreeMap;

use assay_collect::{CallError, Facet};
use assay_collect_aws_base::{Cx, Draft};
use assay_core::{Gap, GapState};
use aws_sdk_rds::Client;
use aws_sdk_rds::types::SupportedEngineLifecycle;
use serde_json::{Value, json};

use super::PAGE;
use crate::shape::{shape, time};

/// Support phases by engine and major version, with the call that gave them.
type Majors = BTreeMap<(String, String), (Value, String)>;

/// What was asked so far in this region.
#[derive(Default)]
pub(super) struct Engines {
    versions: BTreeMap<(String, String), Facet>,
    majors: Option<Result<Majors, Gap>>,
}

impl Engines {
    /// Adds the facets that rest on a database's engine version.
    pub(super) async fn add(
        &mut self,
        cx: &Cx,
        client: &Client,
        doc: &mut Draft,
        engine: Option<&str>,
        version: Option<&str>,
    ) {
        let (Some(engine), Some(version)) = (engine, version) else {
            let gap = Gap::new(GapState::Malformed, "the answer names no engine or version");
            doc.lose(&["DBEngineVersion", "SupportedEngineLifecycles"], &gap);
            return;
        };
        let key = (engine.to_owned(), version.to_owned());
        let known = match self.versions.get(&key) {
            Some(known) => known.clone(),
            None => {
                let asked = describe(cx, client, engine, version).await;
                self.versions.insert(key, asked.clone());
                asked
            }
        };
        let lifecycles = match &known {
            Facet::Unknown(gap) => Facet::Unknown(gap.clone()),
            Facet::Known { value, .. } => {
                let major = value.get("MajorEngineVersion").and_then(Value::as_str).unwrap_or("");
                if self.majors.is_none() {
                    self.majors = Some(majors(cx, client).await);
                }
                self.lifecycles(engine, major)
            }
        };
        doc.set("DBEngineVersion", known).set("SupportedEngineLifecycles", lifecycles);
    }

    fn lifecycles(&self, engine: &str, major: &str) -> Facet {
        let unsupported = || {
            let why = format!("the provider does not describe {engine} {major}");
            Facet::Unknown(Gap::new(GapState::Unsupported, why))
        };
        match &self.majors {
            None => unsupported(),
            Some(Err(gap)) => Facet::Unknown(gap.clone()),
            Some(Ok(all)) => match all.get(&(engine.to_owned(), major.to_owned())) {
                Some((phases, call)) => Facet::known(phases.clone(), call),
                None => unsupported(),
            },
        }
    }
}

async fn describe(cx: &Cx, client: &Client, engine: &str, version: &str) -> Facet {
    // Versions that are no longer offered are listed only on demand.
    let call = client
        .describe_db_engine_versions()
        .engine(engine)
        .engine_version(version)
        .include_all(true)
        .send();
    let asked = [("engine", engine), ("version", version)];
    let called = cx.call("rds:DescribeDBEngineVersions", &asked, call).await;
    called.facet(|a| {
        let mine = a.db_engine_versions().iter().find(|v| v.engine_version() == Some(version))?;
        Some(json!({"MajorEngineVersion": mine.major_engine_version()?, "Status": mine.status()?}))
    })
}

async fn majors(cx: &Cx, client: &Client) -> Result<Majors, Gap> {
    let mut all = Majors::new();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let call = client
            .describe_db_major_engine_versions()
            .max_records(PAGE)
            .set_marker(seen.last().cloned())
            .send();
        let called = cx.call("rds:DescribeDBMajorEngineVersions", &[], call).await;
        let page = called.result.as_ref().map_err(CallError::gap)?;
        for m in page.db_major_engine_versions() {
            let Some((engine, major)) = m.engine().zip(m.major_engine_version()) else { continue };
            let phases: Vec<Value> = m.supported_engine_lifecycles().iter().map(phase).collect();
            all.insert((engine.to_owned(), major.to_owned()), (json!(phases), called.id.clone()));
        }
        match page.marker().filter(|m| !m.is_empty()) {
            None => return Ok(all),
            Some(m) if seen.iter().any(|s| s == m) => {
                return Err(Gap::new(GapState::Malformed, "the provider repeated a page token"));
            }
            Some(m) => seen.push(m.to_owned()),
        }
    }
}

fn phase(l: &SupportedEngineLifecycle) -> Value {
    shape()
        .with("LifecycleSupportName", l.lifecycle_support_name().map(|n| n.as_str()))
        .with("LifecycleSupportStartDate", l.lifecycle_support_start_date().and_then(time))
        .with("LifecycleSupportEndDate", l.lifecycle_support_end_date().and_then(time))
        .value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_rds::types::LifecycleSupportName;
    use aws_smithy_types::DateTime;

    #[test]
    fn a_phase_has_its_dates() {
        let l = SupportedEngineLifecycle::builder()
            .lifecycle_support_name(LifecycleSupportName::OpenSourceRdsStandardSupport)
            .lifecycle_support_start_date(DateTime::from_secs(1_600_000_000))
            .lifecycle_support_end_date(DateTime::from_secs(1_700_000_000))
            .build();
        assert_eq!(
            phase(&l),
            json!({"LifecycleSupportName": "open-source-rds-standard-support",
                   "LifecycleSupportStartDate": "2020-09-13T12:26:40Z",
                   "LifecycleSupportEndDate": "2023-11-14T22:13:20Z"})
        );
    }

    #[test]
    fn a_version_that_nobody_describes_is_unknown() {
        let engines = Engines { majors: Some(Ok(Majors::new())), ..Engines::default() };
        assert!(matches!(engines.lifecycles("mysql", "9.9"), Facet::Unknown(_)));
    }
}
