//! `assay explain ID --on DIR --counterfactual`: what would have made each pass a failure.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Result;
use assay_core::counterfactual::Change;
use assay_core::verdict::Status;
use assay_core::{Counterfactual, Verdict};
use assay_eval::counterfactual::{Seeker, Sought, Subject, THOROUGH};
use assay_eval::explain::Explained;
use assay_eval::{Params, Rule};
use assay_reports::text::{clip, count, plain};
use assay_snapshot::Snapshot;
use serde_json::{Value, json};

use super::on::{Asked, SHOWN, unreadable};
use super::show;
use crate::args::ListFormat;

/// Lines of one value.
const LINES: usize = 12;

/// What was found for each resource that passes or fails.
#[derive(Default)]
pub(super) struct Turns {
    by_subject: BTreeMap<Subject, (Status, Sought)>,
}

impl Turns {
    /// Looks for the smallest change of what is shown.
    pub(super) fn find(
        asked: &Asked<'_>,
        params: &Params,
        snapshot: &Snapshot,
        rule: &Rule,
        all: &[Explained],
    ) -> Result<Self> {
        let seeker =
            Seeker { library: asked.library, content: asked.content, params, most: THOROUGH };
        let shown = match asked.args.format {
            ListFormat::Text => SHOWN,
            ListFormat::Json => usize::MAX,
        };
        let mut by_subject = BTreeMap::new();
        for explained in all.iter().take(shown) {
            let status = explained.verdict.status;
            let subject = Subject::of(&explained.verdict);
            let sought = match status {
                Status::Pass => seeker.fails(snapshot, rule, &subject),
                Status::Fail => seeker.passes(snapshot, rule, &subject),
                _ => continue,
            };
            by_subject.insert(subject, (status, sought.map_err(unreadable)?));
        }
        Ok(Self { by_subject })
    }

    /// Whether a pass did not prove that it could have been a failure.
    pub(super) fn unproved(&self) -> bool {
        self.by_subject.values().any(|(status, s)| *status == Status::Pass && s.found.is_none())
    }

    /// All of them; nothing where nobody asked.
    pub(super) fn json(&self) -> Option<Value> {
        let each = self.by_subject.iter().map(|(subject, (status, sought))| {
            let turned = if *status == Status::Pass { Status::Fail } else { Status::Pass };
            json!({
                "resource": subject.resource, "type": subject.kind, "account": subject.account,
                "region": subject.region, "status": status, "turned": turned,
                "found": sought.found, "tried": sought.tried,
            })
        });
        let all: Vec<Value> = each.collect();
        (!all.is_empty()).then(|| all.into())
    }

    /// What was found for one resource.
    pub(super) fn show(&self, out: &mut impl Write, verdict: &Verdict) -> Result<()> {
        let Some((status, sought)) = self.by_subject.get(&Subject::of(verdict)) else {
            return Ok(());
        };
        let tried = count(sought.tried, "change", "changes");
        let Some(found) = &sought.found else {
            let meaning = match status {
                Status::Pass => "nothing here proves that it could have failed",
                _ => "nothing small makes it pass",
            };
            writeln!(out, "  No counterfactual found among {tried}: {meaning}")?;
            return Ok(());
        };
        let verb = if *status == Status::Pass { "fail" } else { "pass" };
        let changes = count(found.changes.len() as u64, "change", "changes");
        writeln!(out, "  Would {verb} after {changes} ({tried} tried, replayed on both engines)")?;
        found.changes.iter().try_for_each(|c| change(out, c))?;
        said(out, found)
    }
}

fn said(out: &mut impl Write, found: &Counterfactual) -> Result<()> {
    if !found.message.is_empty() {
        let message = plain(&found.message);
        writeln!(out, "    and the rule says: {}", clip(&message, 400))?;
    }
    Ok(())
}

/// One change: where, from what, to what.
fn change(out: &mut impl Write, change: &Change) -> Result<()> {
    let of = change.document.as_ref().map(|d| format!("  of {}", plain(d))).unwrap_or_default();
    let note = match change.pointer.split('/').next() {
        Some("derived") => "  (derived while collecting)",
        Some("params") => "  (a parameter, which the organisation declares)",
        _ => "",
    };
    let name = match (change.pointer.as_str(), &change.from) {
        ("", Some(_)) => "the whole document goes".to_owned(),
        ("", None) => "a document more".to_owned(),
        (pointer, _) => plain(pointer.trim_start_matches('/')).into_owned(),
    };
    writeln!(out, "    {name}{of}{note}")?;
    value(out, "from", change.from.as_ref())?;
    value(out, "to", change.to.as_ref())
}

fn value(out: &mut impl Write, label: &str, value: Option<&Value>) -> Result<()> {
    let Some(value) = value else {
        writeln!(out, "      {label}: (not there)")?;
        return Ok(());
    };
    let lines = show::lines(value, LINES);
    match lines.as_slice() {
        [only] => writeln!(out, "      {label}: {only}")?,
        lines => {
            writeln!(out, "      {label}:")?;
            lines.iter().try_for_each(|line| writeln!(out, "        {line}"))?;
        }
    }
    Ok(())
}
