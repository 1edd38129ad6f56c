//! SARIF 2.1.0 for GitHub code scanning: open failures only, written as a stream.
//!
//! GitHub ignores `kind`, `suppressions` and `baselineState` and would open an alert for a pass or
//! a waived failure; so this profile holds open failures and earlier failures that could not be
//! read now, and nothing else. It rejects a file whose result lacks a physical location, two runs
//! of one category, and more than 20 runs; it keeps 5,000 results of a run, so we choose them.

mod location;
mod result;
mod rule;
mod run;

use std::io::{Read, Write};

use assay_core::Status;
use assay_core::assessment::Assessment;
use serde_json::json;
use serde_sarif::sarif::{ReportingDescriptor, RunAutomationDetails};

use crate::error::RenderError;
use crate::select::{Rank, open_failures};
use crate::source::VerdictSource;
pub use location::resource_path;
use run::{Run, Runs};

/// Results that are written for each run: what GitHub keeps.
pub const SARIF_MAX_RESULTS: usize = 5_000;
/// Runs in a file: what GitHub takes.
pub const SARIF_MAX_RUNS: usize = 20;

/// The errata-01 schema.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What a user may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SarifOptions {
    /// First part of each run's category (`assay` gives `assay/aws/123456789012/`).
    pub category: String,
    /// Results for each run, at most.
    pub max_results: usize,
    /// Where to read about the tool: an absolute URI.
    pub information_uri: String,
}

impl Default for SarifOptions {
    fn default() -> Self {
        // A package without a home names itself, so that the property is never missing.
        let home = [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY"), "urn:assay"]
            .into_iter()
            .find(|u| !u.is_empty())
            .unwrap_or_default();
        Self {
            category: "assay".to_owned(),
            max_results: SARIF_MAX_RESULTS,
            information_uri: home.to_owned(),
        }
    }
}

/// Writes `results.sarif`.
///
/// Two passes over the verdicts: the first one finds the worst results of each run, the second
/// one writes them in the order of the verdicts.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_sarif(
    a: &Assessment,
    verdicts: &dyn VerdictSource,
    options: &SarifOptions,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut runs = Runs::plan(a, options);
    let (mut rules, mut index) = rule::descriptors(a);
    for verdict in verdicts.open()? {
        let v = verdict?;
        let run = runs.of(&v.account);
        for f in open_failures(&v) {
            if let Some(run) = runs.all.get_mut(run) {
                run.worst.offer(Rank::new(&v, Status::Fail, &f.fingerprint));
            }
            if !index.contains_key(&v.rule) {
                index.insert(v.rule.clone(), i64::try_from(rules.len()).unwrap_or(i64::MAX));
                rules.push(rule::unknown(&v.rule));
            }
        }
    }
    write!(out, "{{\"$schema\":{},\"version\":\"2.1.0\",\"runs\":[", json!(SCHEMA))?;
    let written = runs.written(a);
    let mut bodies = Bodies::new(&written, runs.all.len())?;
    match written.as_slice() {
        [] => {
            let run = run::empty(options);
            head(a, &run, &runs, &rules, options, out)?;
            tail(out)?;
        }
        [only] => {
            if let Some(run) = runs.all.get(*only) {
                head(a, run, &runs, &rules, options, out)?;
            }
            results(verdicts, &runs, &index, &mut |_, line| Ok(out.write_all(line)?))?;
            tail(out)?;
        }
        several => {
            results(verdicts, &runs, &index, &mut |run, line| bodies.write(run, line))?;
            for (i, run) in several.iter().enumerate() {
                if i > 0 {
                    out.write_all(b",")?;
                }
                if let Some(r) = runs.all.get(*run) {
                    head(a, r, &runs, &rules, options, out)?;
                }
                bodies.copy(*run, out)?;
                tail(out)?;
            }
        }
    }
    out.write_all(b"]}\n")?;
    out.flush()?;
    Ok(())
}

/// Everything of a run up to its results.
fn head(
    a: &Assessment,
    run: &Run,
    runs: &Runs,
    rules: &[ReportingDescriptor],
    options: &SarifOptions,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let (version, home) = (json!(a.tool_version), json!(options.information_uri));
    write!(
        out,
        "\n{{\"tool\":{{\"driver\":{{\"name\":\"Assay\",\"semanticVersion\":{version},\
         \"informationUri\":{home},\"rules\":["
    )?;
    for (i, rule) in rules.iter().enumerate() {
        out.write_all(if i > 0 { b",\n" } else { b"\n" })?;
        serde_json::to_writer(&mut *out, rule)?;
    }
    let details = RunAutomationDetails {
        id: Some(run.category.clone()),
        correlation_guid: None,
        description: None,
        guid: None,
        properties: None,
    };
    out.write_all(b"]}},\n\"automationDetails\":")?;
    serde_json::to_writer(&mut *out, &details)?;
    out.write_all(b",\n\"invocations\":[")?;
    serde_json::to_writer(&mut *out, &run.invocation(a, runs))?;
    out.write_all(b"],\n\"columnKind\":\"unicodeCodePoints\",\n\"properties\":")?;
    serde_json::to_writer(
        &mut *out,
        &json!({
            "openFailures": run.worst.offered(),
            "rulesDigest": a.rules_digest,
            "snapshotDigest": a.snapshot.root_digest,
        }),
    )?;
    out.write_all(b",\n\"results\":[")?;
    Ok(())
}

fn tail(out: &mut dyn Write) -> Result<(), RenderError> {
    Ok(out.write_all(b"\n]}")?)
}

/// Where a run's result goes, as a line.
type Sink<'a> = dyn FnMut(usize, &[u8]) -> Result<(), RenderError> + 'a;

/// The second pass: each chosen result, as a line with the comma before it.
fn results(
    verdicts: &dyn VerdictSource,
    runs: &Runs,
    index: &std::collections::BTreeMap<String, i64>,
    sink: &mut Sink<'_>,
) -> Result<(), RenderError> {
    let mut paths = location::Paths::default();
    let mut first = vec![true; runs.all.len()];
    let mut line = Vec::new();
    for verdict in verdicts.open()? {
        let v = verdict?;
        let n = runs.of(&v.account);
        let (Some(run), Some(first)) = (runs.all.get(n), first.get_mut(n)) else { continue };
        for f in open_failures(&v) {
            if !run.worst.keeps(&Rank::new(&v, Status::Fail, &f.fingerprint)) {
                continue;
            }
            line.clear();
            line.extend_from_slice(if *first { b"\n" } else { b",\n" });
            *first = false;
            let rule = index.get(&v.rule).copied().unwrap_or(-1);
            serde_json::to_writer(&mut line, &result::result(&v, f, rule, paths.of(&v, f)))?;
            sink(n, &line)?;
        }
    }
    Ok(())
}

/// Results of several runs, compressed in memory until their run is written.
struct Bodies {
    all: Vec<Option<zstd::Encoder<'static, Vec<u8>>>>,
}

impl Bodies {
    fn new(written: &[usize], runs: usize) -> Result<Self, RenderError> {
        let mut all = Vec::new();
        for i in 0..runs {
            let wanted = written.len() > 1 && written.contains(&i);
            all.push(if wanted { Some(zstd::Encoder::new(Vec::new(), 1)?) } else { None });
        }
        Ok(Self { all })
    }

    fn write(&mut self, run: usize, line: &[u8]) -> Result<(), RenderError> {
        if let Some(Some(body)) = self.all.get_mut(run) {
            body.write_all(line)?;
        }
        Ok(())
    }

    fn copy(&mut self, run: usize, out: &mut dyn Write) -> Result<(), RenderError> {
        if let Some(body) = self.all.get_mut(run).and_then(Option::take) {
            let packed = body.finish()?;
            let mut reader = zstd::Decoder::new(packed.as_slice())?;
            let mut buffer = vec![0; 1 << 16];
            loop {
                let n = reader.read(&mut buffer)?;
                let Some(part) = buffer.get(..n).filter(|p| !p.is_empty()) else { break };
                out.write_all(part)?;
            }
        }
        Ok(())
    }
}
