//! The first pass over the verdicts: what the page must know before it starts.

use std::collections::BTreeMap;

use assay_core::{Severity, Status, Verdict};

use crate::error::RenderError;
use crate::findings::Which;
use crate::select::{Rank, Worst, is_stale};
use crate::source::VerdictSource;

/// Operations remembered for each rule.
const MAX_OPERATIONS: usize = 12;

/// Facts of all verdicts, bounded in size.
pub(super) struct Scan {
    /// The worst findings: which ones the page holds.
    pub(super) findings: Worst,
    /// Rule to operation to the verdicts that rest on it.
    pub(super) operations: BTreeMap<String, BTreeMap<String, u64>>,
    /// Every rule that has a finding.
    pub(super) rules: BTreeMap<String, Severity>,
}

impl Scan {
    /// Reads all verdicts once.
    pub(super) fn read(verdicts: &dyn VerdictSource, max: usize) -> Result<Self, RenderError> {
        let mut scan =
            Self { findings: Worst::new(max), operations: BTreeMap::new(), rules: BTreeMap::new() };
        for verdict in verdicts.open()? {
            let v = verdict?;
            scan.note_operations(&v);
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

    fn note_operations(&mut self, v: &Verdict) {
        if v.evidence.calls.is_empty() {
            return;
        }
        if !self.operations.contains_key(&v.rule) {
            self.operations.insert(v.rule.clone(), BTreeMap::new());
        }
        let Some(known) = self.operations.get_mut(&v.rule) else { return };
        for call in &v.evidence.calls {
            let Some(operation) = operation(call) else { continue };
            if let Some(n) = known.get_mut(operation) {
                *n += 1;
            } else if known.len() < MAX_OPERATIONS {
                known.insert(operation.to_owned(), 1);
            }
        }
    }
}

/// The operation inside a call's id (`aws/123456789012/eu-west-1/s3:GetBucketAcl/logs`).
fn operation(call: &str) -> Option<&str> {
    call.split('/').nth(3).filter(|o| o.contains(':'))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_read_from_call_ids() {
        assert_eq!(operation("aws/1/eu-west-1/s3:GetBucketAcl/a/b"), Some("s3:GetBucketAcl"));
        assert_eq!(operation("c81"), None);
        assert_eq!(operation("a/b/c/d"), None);
    }
}
