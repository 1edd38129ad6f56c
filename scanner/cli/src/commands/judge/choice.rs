//! What somebody chose for this run, and for which estate choices were approved.

use anyhow::Result;
use assay_core::Manifest;
use assay_core::approval::foreign;
use assay_core::tailoring::{Date, Deselected, Tailoring};
use assay_eval::Library;

use crate::exit::Usage;

/// `--rule`: everything else is deselected, and printed as such.
pub(super) fn deselect(
    tailoring: &mut Tailoring,
    library: &Library,
    wanted: &[String],
) -> Result<()> {
    if wanted.is_empty() {
        return Ok(());
    }
    let fits = |id: &str| wanted.iter().any(|w| glob(w, id));
    for w in wanted {
        if let Some(r) = library.retired.iter().find(|r| r.id == *w) {
            return Err(Usage::new(format!("--rule {w}: {r}"), r.next_step()).into());
        }
        if !library.rules.iter().any(|r| glob(w, &r.meta.id)) {
            return Err(
                Usage::new(format!("no rule matches {w}"), "`assay rules` lists the ids").into()
            );
        }
    }
    for r in library.rules.iter().filter(|r| !fits(&r.meta.id)) {
        if tailoring.deselected.iter().all(|d| d.rule != r.meta.id) {
            tailoring.deselected.push(Deselected {
                rule: r.meta.id.clone(),
                by_flag: true,
                approval: None,
            });
        }
    }
    Ok(())
}

/// `*` at the end stands for the rest of an id.
fn glob(pattern: &str, id: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => id.starts_with(head),
        None => id == pattern,
    }
}

/// Today: what `--now` says, else the day of the clock, in UTC.
pub(in crate::commands) fn today(now: Option<&str>) -> Result<Date> {
    match now {
        Some(text) => text.parse().map_err(|e| {
            Usage::new(format!("--now {text}: {e}"), "write a day as 2026-11-30").into()
        }),
        #[expect(
            clippy::disallowed_methods,
            reason = "the waivers' today, recorded in the assessment"
        )]
        None => Ok(jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date()),
    }
}

/// Names of foreign accounts that a message holds.
const NAMED: usize = 5;

/// What was approved for other accounts decides nothing about these.
pub(super) fn same_estate(manifest: &Manifest, tailoring: &Tailoring) -> Result<()> {
    let foreign = foreign(manifest, tailoring);
    if foreign.is_empty() {
        return Ok(());
    }
    let more = foreign.len().saturating_sub(NAMED);
    let mut names = foreign.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 {
        names.push_str(&format!(" and {more} more"));
    }
    Err(Usage::new(
        format!(
            "the approvals are for {} only (`[approvals] accounts`), and the snapshot holds {names}",
            tailoring.approval_accounts.join(", ")
        ),
        "judge it with the configuration of its own estate; or add the account there and have \
         everything signed again with `assay approve`",
    )
    .into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_of_the_command_line_has_no_day() {
        let library = Library::load(&assay_policies::Content::embedded()).unwrap();
        let mut t = Tailoring::default();
        deselect(&mut t, &library, &["AWS-S3-*".to_owned()]).unwrap();
        assert!(t.deselected.len() > 100);
        assert!(t.deselected.iter().all(|d| d.by_flag && d.approval.is_none()));
        assert!(t.deselected.iter().all(|d| !d.rule.starts_with("AWS-S3-")));
    }

    #[test]
    fn approvals_of_another_estate_decide_nothing() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let file = dir.join("../../fixtures/demo/snapshot/manifest.json");
        let manifest: Manifest = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let tied = |accounts: &[&str]| Tailoring {
            approval_accounts: accounts.iter().map(|a| (*a).to_owned()).collect(),
            ..Tailoring::default()
        };
        same_estate(&manifest, &tied(&[])).unwrap();
        same_estate(&manifest, &tied(&["*"])).unwrap();
        let e = same_estate(&manifest, &tied(&["999999999999"])).unwrap_err().to_string();
        assert!(e.contains("999999999999 only") && e.contains("123456789012"), "{e}");
        let mut all: Vec<String> =
            manifest.listings.iter().map(|l| l.account.to_string()).collect();
        all.extend(manifest.scope.accounts.iter().cloned());
        all.dedup();
        let own: Vec<&str> = all.iter().map(String::as_str).collect();
        same_estate(&manifest, &tied(&own)).unwrap();
    }
}
