//! `findings.csv`: a row for each line of `findings.ndjson`, for spreadsheets (RFC 4180).
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front: names and
//! messages come from the audited systems.

use std::io::Write;

use assay_core::assessment::Assessment;
use assay_core::verdict::Finding;

use crate::controls::{decided_by_rule, rules_by_id};
use crate::error::RenderError;
use crate::findings::Which;
use crate::source::VerdictSource;
use crate::text::plain;

/// The header.
const COLUMNS: [&str; 20] = [
    "rule",
    "title",
    "severity",
    "status",
    "resource",
    "type",
    "account",
    "region",
    "key",
    "at",
    "file",
    "line",
    "message",
    "cause",
    "operation",
    "objective",
    "controls",
    "fingerprint",
    "document_sha256",
    "calls",
];

/// Writes `findings.csv`.
///
/// # Errors
/// When the verdicts cannot be read or the output cannot be written.
pub fn write_csv(
    assessment: &Assessment,
    verdicts: &dyn VerdictSource,
    which: Which,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let controls = decided_by_rule(assessment);
    let rules = rules_by_id(assessment);
    let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    csv.write_record(COLUMNS).map_err(failed)?;
    for verdict in verdicts.open()? {
        let verdict = verdict?;
        if !which.takes(verdict.status) {
            continue;
        }
        let rule = rules.get(verdict.rule.as_str()).copied();
        let title = rule.map_or("", |r| r.meta.title.as_str());
        let objective = rule.map_or("", |r| r.meta.objective.as_str());
        let proves = controls.get(verdict.rule.as_str()).map(|c| c.join(" ")).unwrap_or_default();
        for finding in verdict.findings() {
            csv.write_record(row(&finding, title, objective, &proves).iter()).map_err(failed)?;
        }
    }
    csv.flush()?;
    Ok(())
}

fn row(f: &Finding, title: &str, objective: &str, controls: &str) -> [String; 20] {
    let place = f.place.as_ref();
    let line = place.and_then(|p| p.line).map(|l| l.to_string()).unwrap_or_default();
    let cause = f.cause.as_ref();
    let cells: [&str; 20] = [
        &f.rule,
        title,
        f.severity.as_str(),
        f.status.as_str(),
        &f.resource,
        &f.kind,
        &f.account,
        &f.region,
        &f.key,
        &f.at,
        place.map_or("", |p| p.file.as_str()),
        &line,
        &f.message,
        cause.map_or("", |c| c.kind.as_str()),
        cause.and_then(|c| c.operation.as_deref()).unwrap_or_default(),
        objective,
        controls,
        &f.fingerprint,
        &f.evidence.document,
        &f.evidence.calls.join(" "),
    ];
    cells.map(cell)
}

/// A text as a cell of a spreadsheet: no control characters, nothing that it computes.
#[must_use]
pub fn cell(text: &str) -> String {
    let text = plain(text);
    // Spreadsheets trim before they look for a formula, and take full-width signs too.
    let first = text.trim_start().chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '|' | '%') => {
            format!("'{text}")
        }
        _ => text.into_owned(),
    }
}

fn failed(e: csv::Error) -> RenderError {
    match e.into_kind() {
        csv::ErrorKind::Io(e) => e.into(),
        other => RenderError::Write(std::io::Error::other(format!("{other:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_formula() {
        for (text, shown) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            (" +1", "' +1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("plain = text", "plain = text"),
            ("", ""),
        ] {
            assert_eq!(cell(text), shown);
        }
    }
}
