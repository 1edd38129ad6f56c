//! The first pass over the verdicts: what the page must know before it starts.

use std::collections::BTreeMap;

use assay_core::{Severity, Status, Verdict};

use super::items::Items;
use crate::error::RenderError;
use crate::findings::Which;
use crate::select::{Rank, Worst, is_stale};
use crate::source::VerdictSource;

/// Facts of all verdicts, bounded in size.
pub(super) struct Scan {
    /// The worst findings: which ones the page holds.
    pub(super) findings: Worst,
    /// Rule to a few of the documents that it judged.
    pub(super) items: BTreeMap<String, Items>,
    /// Every rule that has a finding.
    pub(super) rules: BTreeMap<String, Severity>,
}

impl Scan {
    /// Reads all verdicts once.
    pub(super) fn read(verdicts: &dyn VerdictSource, max: usize) -> Result<Self, RenderError> {
        let mut scan =
            Self { findings: Worst::new(max), items: BTreeMap::new(), rules: BTreeMap::new() };
        for verdict in verdicts.open()? {
            let v = verdict?;
            scan.note_item(&v);
            if Which::Notable.takes(v.status) && !scan.rules.contains_key(&v.rule) {
                scan.rules.insert(v.rule.clone(), v.severity);
            }
            each_finding(&v, &mut |status, _, fingerprint, _, _| {
                scan.findings.offer(Rank::new(&v, status, fingerprint));
                Ok(())
            })?;
        }
        Ok(scan)
    }

    fn note_item(&mut self, v: &Verdict) {
        if !self.items.contains_key(&v.rule) {
            self.items.insert(v.rule.clone(), Items::default());
        }
        if let Some(items) = self.items.get_mut(&v.rule) {
            items.offer(v);
        }
    }
}

/// What is done with a finding: status, key, fingerprint, where to look, message.
pub(super) type Visit<'a> =
    dyn FnMut(Status, &str, &str, &str, &str) -> Result<(), RenderError> + 'a;

/// Visits each finding of a verdict.
pub(super) fn each_finding(v: &Verdict, visit: &mut Visit<'_>) -> Result<(), RenderError> {
    if !Which::Notable.takes(v.status) {
        return Ok(());
    }
    if v.failures.is_empty() {
        for f in v.findings() {
            visit(f.status, &f.key, &f.fingerprint, "", &f.message)?;
        }
        return Ok(());
    }
    for f in &v.failures {
        let status = match (v.status, f.waiver) {
            (Status::Fail, Some(_)) => Status::Waived,
            (other, _) => other,
        };
        let at = match &f.place {
            Some(place) if f.at.is_empty() => place.to_string(),
            Some(place) => format!("{place} ({})", f.at),
            None => f.at.clone(),
        };
        if let Some(cause) = v.cause.as_ref().filter(|_| is_stale(v)) {
            let why = crate::words::stale(cause.kind);
            let message = format!("known from an earlier run; {why}: {}", f.message);
            visit(status, &f.key, &f.fingerprint, &at, &message)?;
        } else {
            visit(status, &f.key, &f.fingerprint, &at, &f.message)?;
        }
    }
    Ok(())
}
