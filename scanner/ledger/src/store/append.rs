//! Adding a run: its rows, then its entry, all or nothing.

use std::collections::BTreeMap;

use assay_core::Timestamp;
use assay_core::assessment::Assessment;
use assay_snapshot::Source;
use rusqlite::{Transaction, params};

use super::{Head, Ledger, entries, last_run, part, put};
use crate::LedgerError;
use crate::canon::{Lines, canonical};
use crate::entry::{Run, SectionDigest, What, section};
use crate::view::{Member, View};

/// A run that is about to be added.
pub struct Observed<'a> {
    /// Its assessment.
    pub assessment: &'a Assessment,
    /// What it said.
    pub view: &'a View,
    /// Its snapshot, for the populations.
    pub snapshot: &'a dyn Source,
    /// The files of its output folder with their sha256, `assessment.json` and
    /// `snapshot/manifest.json` among them.
    pub files: &'a BTreeMap<String, String>,
}

/// What became of a run that was added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The new end of the chain.
    pub head: Head,
    /// An entry before it is of a later collection.
    pub late: bool,
    /// Rows of the run.
    pub rows: u64,
    /// Rows that no earlier run had.
    pub new_rows: u64,
}

impl Ledger {
    /// Adds a run.
    ///
    /// A collection is recorded once. One that is older than the last is recorded too, and marked
    /// as late: refusing it would hide that it exists.
    ///
    /// # Errors
    /// Its snapshot is in the ledger already, or it cannot be written. Then nothing was added.
    pub fn add(&mut self, run: &Observed<'_>, now: Timestamp) -> Result<Added, LedgerError> {
        let path = self.path.clone();
        let tx = self.begin()?;
        let entries = entries(&tx, &path)?;
        let root = &run.assessment.snapshot.root_digest;
        if let Some((e, r)) =
            entries.iter().find_map(|e| Some((e, e.run().filter(|r| r.snapshot == *root)?)))
        {
            return Err(LedgerError::Twice {
                entry: e.entry.seq,
                ended: r.ended,
                root: root.clone(),
            });
        }
        let ended = run.assessment.snapshot.ended;
        let late = last_run(&entries, None).and_then(|e| e.run()).is_some_and(|r| r.ended > ended);
        let seq = i64::try_from(entries.len() + 1).map_err(|e| LedgerError::Form(e.to_string()))?;
        let mut rows = Rows { tx: &tx, path: &path, seq, section: "", done: Vec::new(), new: 0 };
        let sections = rows.write(run)?;
        let new_rows = rows.new;
        let count = sections.iter().map(|s| s.rows).sum();
        let what = What::Run(Box::new(facts(run, late, sections)?));
        let head = put(&tx, &path, &entries, what, now)?;
        tx.commit().map_err(|e| LedgerError::sql(&path, e))?;
        Ok(Added { head, late, rows: count, new_rows })
    }
}

fn facts(run: &Observed<'_>, late: bool, sections: Vec<SectionDigest>) -> Result<Run, LedgerError> {
    let a = run.assessment;
    let file = |name: &str| {
        let none = || LedgerError::Form(format!("{name} has no digest"));
        run.files.get(name).cloned().ok_or_else(none)
    };
    let (assessment, manifest) = ("assessment.json", "snapshot/manifest.json");
    Ok(Run {
        tool_version: a.tool_version.clone(),
        snapshot: a.snapshot.root_digest.clone(),
        state: a.snapshot.state,
        started: a.snapshot.started,
        ended: a.snapshot.ended,
        clocks: a.clocks,
        scope: a.snapshot.scope.clone(),
        callers: a.snapshot.callers.clone().into_iter().collect(),
        rules: a.rules_digest.clone(),
        tailoring: a.tailoring_digest.clone(),
        assessment: file(assessment)?,
        manifest: file(manifest)?,
        files: run
            .files
            .iter()
            .filter(|(name, _)| ![assessment, manifest].contains(&name.as_str()))
            .map(|(name, sha)| (name.clone(), sha.clone()))
            .collect(),
        baseline: a.baseline.as_ref().map(|b| b.root_digest.clone()),
        late,
        rule_results: a.summary.rule_results,
        verdicts: a.summary.verdicts,
        failures: a.summary.failures.clone(),
        resources: a.summary.resources,
        sections,
    })
}

/// Writes the rows of one run.
struct Rows<'t> {
    tx: &'t Transaction<'t>,
    path: &'t std::path::Path,
    seq: i64,
    section: &'static str,
    /// The parts of the section: name, rows, digest.
    done: Vec<(String, u64, String)>,
    /// Rows that were not there before.
    new: u64,
}

impl Rows<'_> {
    fn write(&mut self, run: &Observed<'_>) -> Result<Vec<SectionDigest>, LedgerError> {
        let view = run.view;
        let mut out = Vec::new();
        for name in section::ALL {
            self.section = name;
            match name {
                section::CONTROLS => self.group(&view.controls, |c| &c.framework)?,
                section::RULES => self.group(&view.rules, |r| &r.account)?,
                section::LISTINGS => self.group(&view.listings, |l| &l.account)?,
                section::FINDINGS => {
                    for (rule, verdicts) in &view.findings {
                        let lines = verdicts.iter().map(canonical).collect::<Result<_, _>>()?;
                        self.part(rule, lines)?;
                    }
                }
                section::POPULATIONS => self.populations(run.snapshot)?,
                section::APPROVALS => {
                    self.one(view.approvals.as_deref().unwrap_or_default())?;
                }
                _ => self.one(&view.waivers)?,
            }
            let parts = std::mem::take(&mut self.done);
            out.push(digest(name, parts)?);
        }
        Ok(out)
    }

    /// A part for each value of a member.
    fn group<T: serde::Serialize>(
        &mut self,
        rows: &[T],
        by: impl Fn(&T) -> &str,
    ) -> Result<(), LedgerError> {
        let mut parts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for row in rows {
            parts.entry(by(row)).or_default().push(canonical(row)?);
        }
        parts.into_iter().try_for_each(|(name, lines)| self.part(name, lines))
    }

    /// All rows in one part, that is named as the section is.
    fn one<T: serde::Serialize>(&mut self, rows: &[T]) -> Result<(), LedgerError> {
        if rows.is_empty() {
            return Ok(());
        }
        let lines = rows.iter().map(canonical).collect::<Result<_, _>>()?;
        self.part(self.section, lines)
    }

    /// The ids of every segment, one segment after the other.
    fn populations(&mut self, snapshot: &dyn Source) -> Result<(), LedgerError> {
        #[derive(serde::Deserialize)]
        struct Id {
            id: String,
        }
        for s in snapshot.segments() {
            let mut lines = snapshot.lines(s)?;
            let mut rows = Vec::new();
            while let Some(line) = lines.next()? {
                let Id { id } = serde_json::from_slice(line.bytes())
                    .map_err(|e| LedgerError::Form(format!("{}: {e}", s.path)))?;
                let member: Member =
                    (s.kind.to_string(), s.account.to_string(), s.region.to_string(), id);
                rows.push(canonical(&member)?);
            }
            let name = s.path.trim_start_matches("segments/").trim_end_matches(".ndjson.zst");
            self.part(name, rows)?;
        }
        Ok(())
    }

    /// Writes one part, unless an earlier run had the same.
    fn part(&mut self, name: &str, lines: Vec<String>) -> Result<(), LedgerError> {
        let bad = |e| LedgerError::sql(self.path, e);
        let mut hash = Lines::default();
        lines.iter().for_each(|l| hash.add(l));
        let digest = hash.digest();
        let count = lines.len() as u64;
        let id = match part(self.tx, &digest).map_err(bad)? {
            Some(id) => id,
            None => {
                self.tx
                    .execute(
                        "INSERT INTO parts (digest, count) VALUES (?1, ?2)",
                        params![digest, number(count)?],
                    )
                    .map_err(bad)?;
                let id = self.tx.last_insert_rowid();
                let mut insert = self
                    .tx
                    .prepare("INSERT INTO rows (part, n, line) VALUES (?1, ?2, ?3)")
                    .map_err(bad)?;
                for (n, line) in lines.iter().enumerate() {
                    insert.execute(params![id, number(n as u64)?, line]).map_err(bad)?;
                }
                self.new += count;
                id
            }
        };
        self.tx
            .execute(
                "INSERT INTO sections (entry, section, name, part) VALUES (?1, ?2, ?3, ?4)",
                params![self.seq, self.section, name, id],
            )
            .map_err(bad)?;
        self.done.push((name.to_owned(), count, digest));
        Ok(())
    }
}

fn number(n: u64) -> Result<i64, LedgerError> {
    i64::try_from(n).map_err(|e| LedgerError::Form(e.to_string()))
}

/// The digest of a section over its parts.
pub(super) fn digest(
    name: &str,
    mut parts: Vec<(String, u64, String)>,
) -> Result<SectionDigest, LedgerError> {
    parts.sort();
    let mut hash = Lines::default();
    let mut rows = 0;
    for p in &parts {
        hash.add(&canonical(p)?);
        rows += p.1;
    }
    Ok(SectionDigest {
        name: name.to_owned(),
        parts: parts.len() as u64,
        rows,
        sha256: hash.digest(),
    })
}
