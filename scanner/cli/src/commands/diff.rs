//! `assay diff A B`: what is new, fixed, unchanged, and what is no longer assessed.
//!
//! A failure counts as fixed only where the later run looked: the same rule gave another result on
//! the same resource, or the resource is gone from a listing that was read to its end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use anyhow::{Context, Result};
use assay_core::assessment::Assessment;
use assay_core::verdict::{Finding, Status};
use serde::Serialize;

use crate::args::{DiffArgs, ListFormat};
use crate::exit::{Outcome, Usage};

/// The comparison. Each list has the worst first, then is in the order of rule, resource, key.
#[derive(Debug, Default, Serialize)]
struct Diff {
    new: Vec<Entry>,
    fixed: Vec<Entry>,
    unchanged: usize,
    no_longer_assessed: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Entry {
    rule: String,
    resource: String,
    key: String,
    severity: assay_core::Severity,
    message: String,
    fingerprint: String,
}

/// One run, as its output folder tells it.
struct Run {
    /// Failures by fingerprint, waived ones and carried ones included.
    failures: BTreeMap<String, Finding>,
    /// (rule, resource) that were not assessed.
    unseen: BTreeSet<(String, String)>,
    assessment: Assessment,
}

/// Runs the subcommand.
pub(crate) fn run(args: &DiffArgs) -> Result<Outcome> {
    let before = load(&args.before)?;
    let after = load(&args.after)?;
    let diff = compare(&before, &after);
    let mut out = std::io::stdout().lock();
    match args.format {
        ListFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &diff)?;
            writeln!(out)?;
        }
        ListFormat::Text => print(&mut out, &diff)?,
    }
    Ok(if diff.new.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn load(dir: &Path) -> Result<Run> {
    let name = assay_reports::Format::Findings.file_name();
    let assessment = super::trusted_assessment(dir, &[name])?;
    let path = dir.join(name);
    let file = File::open(&path).map_err(|e| {
        Usage::new(
            format!("cannot read {}: {e}", path.display()),
            "name a folder that `assay scan` or `assay demo` wrote",
        )
    })?;
    let (mut failures, mut unseen) = (BTreeMap::new(), BTreeSet::new());
    for (n, line) in BufReader::new(file).lines().enumerate() {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        let f: Finding = serde_json::from_str(&line).map_err(|e| {
            Usage::plain(format!("{}:{}: not a finding: {e}", path.display(), n + 1))
        })?;
        match f.status {
            Status::Fail | Status::Waived => {
                failures.insert(f.fingerprint.clone(), f);
            }
            Status::NotAssessed => {
                unseen.insert((f.rule, f.resource));
            }
            _ => {}
        }
    }
    Ok(Run { failures, unseen, assessment })
}

fn compare(before: &Run, after: &Run) -> Diff {
    let mut diff = Diff::default();
    for (print, f) in &after.failures {
        if before.failures.contains_key(print) {
            diff.unchanged += 1;
        } else {
            diff.new.push(entry(f));
        }
    }
    for (print, f) in &before.failures {
        if after.failures.contains_key(print) {
            continue;
        }
        if looked(f, after) {
            diff.fixed.push(entry(f));
        } else {
            diff.no_longer_assessed.push(entry(f));
        }
    }
    for list in [&mut diff.new, &mut diff.fixed, &mut diff.no_longer_assessed] {
        list.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cmp(b)));
    }
    diff
}

/// Whether the later run really looked at the place where the earlier failure was.
fn looked(f: &Finding, after: &Run) -> bool {
    let rule_ran = after.assessment.rules.iter().any(|r| r.meta.id == f.rule && !r.deselected);
    let scope = &after.assessment.snapshot.scope;
    let in_scope = scope.accounts.contains(&f.account)
        && (f.region == "global" || scope.regions.contains(&f.region));
    let listing_whole = !after.assessment.incomplete_listings.iter().any(|l| {
        l.account == f.account
            && (l.kind == f.kind || l.kind.ends_with("::Region") || l.kind.ends_with("::Account"))
            && (l.region == f.region || l.region == "global")
    });
    rule_ran
        && in_scope
        && listing_whole
        && !after.unseen.contains(&(f.rule.clone(), f.resource.clone()))
}

fn entry(f: &Finding) -> Entry {
    Entry {
        rule: f.rule.clone(),
        resource: f.resource.clone(),
        key: f.key.clone(),
        severity: f.severity,
        message: f.message.clone(),
        fingerprint: f.fingerprint.clone(),
    }
}

fn print(out: &mut impl Write, diff: &Diff) -> Result<()> {
    for (title, list) in [
        ("new", &diff.new),
        ("fixed", &diff.fixed),
        ("no longer assessed (not fixed)", &diff.no_longer_assessed),
    ] {
        writeln!(out, "{title}: {}", list.len())?;
        for e in list {
            let line =
                format!("  {:8} {}  {}  {}", e.severity.as_str(), e.rule, e.resource, e.message);
            writeln!(out, "{}", assay_reports::text::plain(&line))?;
        }
    }
    writeln!(out, "unchanged: {}", diff.unchanged)?;
    Ok(())
}
