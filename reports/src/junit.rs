//! `junit.xml`: for build systems that show tests. A suite for each resource type, a case for each
//! failure or verdict.
//!
//! A failure is a `failure`, what was not assessed is an `error` (never a pass), an accepted
//! failure and what a rule does not concern are `skipped`.

use std::collections::BTreeMap;
use std::io::Write;

use assay_core::Status;
use assay_core::assessment::Assessment;
use assay_core::verdict::Finding;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::error::RenderError;
use crate::source::VerdictSource;
use crate::text::{clip, plain, time};
use crate::words;

/// Longest name or message, in characters.
const MAX: usize = 2_000;

/// Cases of one suite by what became of them.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    tests: u64,
    failures: u64,
    errors: u64,
    skipped: u64,
}

impl Sums {
    fn add(&mut self, status: Status) {
        self.tests += 1;
        match status {
            Status::Fail => self.failures += 1,
            Status::NotAssessed => self.errors += 1,
            Status::Waived | Status::NotApplicable | Status::Manual => self.skipped += 1,
            Status::Pass => {}
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// Writes `junit.xml`.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_junit(
    assessment: &Assessment,
    verdicts: &dyn VerdictSource,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let mut suites: BTreeMap<String, Sums> = BTreeMap::new();
    for verdict in verdicts.open()? {
        let verdict = verdict?;
        let sums = suites.entry(verdict.kind.clone()).or_default();
        verdict.findings().iter().for_each(|f| sums.add(f.status));
    }
    let titles: BTreeMap<&str, &str> =
        assessment.rules.iter().map(|r| (r.meta.id.as_str(), r.meta.title.as_str())).collect();
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let whole = suites.values().fold(Sums::default(), |a, b| a.plus(*b));
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", "assay"));
    count(&mut root, whole);
    xml.write_event(Event::Start(root))?;
    let at = time(assessment.snapshot.ended).replace(" UTC", "").replace(' ', "T");
    let mut open: Option<String> = None;
    for verdict in verdicts.open()? {
        let verdict = verdict?;
        if open.as_ref() != Some(&verdict.kind) {
            if open.is_some() {
                xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
            }
            let mut suite = BytesStart::new("testsuite");
            suite.push_attribute(("name", shown(&verdict.kind).as_str()));
            count(&mut suite, suites.get(&verdict.kind).copied().unwrap_or_default());
            suite.push_attribute(("timestamp", at.as_str()));
            xml.write_event(Event::Start(suite))?;
            open = Some(verdict.kind.clone());
        }
        let title = titles.get(verdict.rule.as_str()).copied().unwrap_or_default();
        for finding in verdict.findings() {
            case(&mut xml, &finding, title)?;
        }
    }
    if open.is_some() {
        xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    out.write_all(b"\n")?;
    out.flush()?;
    Ok(())
}

fn count(element: &mut BytesStart<'_>, sums: Sums) {
    for (name, n) in [
        ("tests", sums.tests),
        ("failures", sums.failures),
        ("errors", sums.errors),
        ("skipped", sums.skipped),
    ] {
        element.push_attribute((name, n.to_string().as_str()));
    }
}

fn case<W: Write>(xml: &mut Writer<W>, f: &Finding, title: &str) -> Result<(), RenderError> {
    let mut case = BytesStart::new("testcase");
    case.push_attribute(("classname", shown(&f.rule).as_str()));
    let key = if f.key.is_empty() { String::new() } else { format!(" [{}]", f.key) };
    case.push_attribute(("name", shown(&format!("{}{key}", f.resource)).as_str()));
    if let Some(place) = &f.place {
        case.push_attribute(("file", shown(&place.file).as_str()));
        if let Some(line) = place.line {
            case.push_attribute(("line", line.to_string().as_str()));
        }
    }
    let (tag, kind) = match f.status {
        Status::Pass => {
            xml.write_event(Event::Empty(case))?;
            return Ok(());
        }
        Status::Fail => ("failure", f.severity.as_str()),
        Status::NotAssessed => {
            ("error", f.cause.as_ref().map_or("not_assessed", |c| c.kind.as_str()))
        }
        Status::Waived | Status::NotApplicable | Status::Manual => ("skipped", ""),
    };
    xml.write_event(Event::Start(case))?;
    let mut outcome = BytesStart::new(tag);
    let said = match f.status {
        Status::Waived => format!("exception noted, accepted: {}", f.message),
        Status::NotApplicable | Status::Manual => {
            format!("{}: {}", words::status(f.status).to_lowercase(), f.message)
        }
        _ => f.message.clone(),
    };
    outcome.push_attribute(("message", shown(&said).as_str()));
    if tag == "skipped" {
        xml.write_event(Event::Empty(outcome))?;
    } else {
        outcome.push_attribute(("type", kind));
        xml.write_event(Event::Start(outcome))?;
        let at = if f.at.is_empty() { String::new() } else { format!("\nat {}", f.at) };
        let detail = format!("{title}\n{said}{at}\nfingerprint {}", f.fingerprint);
        let lines: Vec<String> = detail.lines().map(shown).collect();
        xml.write_event(Event::Text(BytesText::new(&lines.join("\n"))))?;
        xml.write_event(Event::End(BytesEnd::new(tag)))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))?;
    Ok(())
}

/// A text that XML 1.0 can hold.
fn shown(text: &str) -> String {
    let text = plain(clip(text, MAX).as_ref()).into_owned();
    text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
