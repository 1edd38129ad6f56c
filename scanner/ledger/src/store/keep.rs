//! How long rows are kept, and what nothing may remove.

use std::collections::BTreeMap;

use assay_core::Timestamp;
use assay_core::tailoring::Date;
use jiff::ToSpan;

use super::{Head, Ledger, Stored, declared, entries, put};
use crate::LedgerError;
use crate::entry::{Hold, Prune, Release, What, day};

/// What pruning did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pruned {
    /// The declared retention, in days; `None`: runs are kept for ever.
    pub retention: Option<u32>,
    /// Entries of runs whose rows were removed, with the day of their collection.
    pub runs: Vec<(u64, Date)>,
    /// Entries of runs that are old enough and held, with the number of the hold.
    pub held: Vec<(u64, u64)>,
    /// The new end of the chain, where something was removed.
    pub head: Option<Head>,
}

impl Ledger {
    /// Holds runs: nothing removes their rows until the hold is released.
    ///
    /// # Errors
    /// The entry cannot be written.
    pub fn hold(&mut self, hold: Hold, now: Timestamp) -> Result<Head, LedgerError> {
        self.append(|_| Ok(What::Hold(hold)), now)
    }

    /// Ends a hold.
    ///
    /// # Errors
    /// The entry is no hold that stands, or cannot be written.
    pub fn release(&mut self, release: Release, now: Timestamp) -> Result<Head, LedgerError> {
        self.append(
            |entries| match holds(entries).contains_key(&release.hold) {
                true => Ok(What::Release(release)),
                false => Err(LedgerError::NoEntry(format!(
                    "entry {} is no hold that stands; `assay ledger show` lists them",
                    release.hold
                ))),
            },
            now,
        )
    }

    fn append(
        &mut self,
        what: impl FnOnce(&[Stored]) -> Result<What, LedgerError>,
        now: Timestamp,
    ) -> Result<Head, LedgerError> {
        let path = self.path.clone();
        let tx = self.begin()?;
        let entries = entries(&tx, &path)?;
        let head = put(&tx, &path, &entries, what(&entries)?, now)?;
        tx.commit().map_err(|e| LedgerError::sql(&path, e))?;
        Ok(head)
    }

    /// Removes the rows of runs that are older than the declared retention and not held. Their
    /// entries stay, with all digests, and a new one says what was removed: the chain still holds.
    ///
    /// # Errors
    /// Rows cannot be removed. Then nothing was.
    pub fn prune(&mut self, now: Timestamp, dry: bool) -> Result<Pruned, LedgerError> {
        let path = self.path.clone();
        let bad = |e| LedgerError::sql(&path, e);
        let tx = self.begin()?;
        let entries = entries(&tx, &path)?;
        let Some(retention) = declared(&entries).retention else {
            return Ok(Pruned::default());
        };
        let mut out = Pruned { retention: Some(retention), ..Pruned::default() };
        let holds = holds(&entries);
        let today = day(now);
        let gone = removed(&entries);
        for (seq, run) in entries.iter().filter_map(|e| Some((e.entry.seq, e.run()?))) {
            let collected = day(run.ended);
            let kept = collected.checked_add(i64::from(retention).days()).unwrap_or(Date::MAX);
            if gone.contains(&seq) || kept >= today {
                continue;
            }
            match holds.iter().find(|(_, h)| h.covers(run)) {
                Some((hold, _)) => out.held.push((seq, *hold)),
                None => out.runs.push((seq, collected)),
            }
        }
        if dry || out.runs.is_empty() {
            return Ok(out);
        }
        for (seq, _) in &out.runs {
            let seq = i64::try_from(*seq).map_err(|e| LedgerError::Form(e.to_string()))?;
            tx.execute("DELETE FROM sections WHERE entry = ?1", [seq]).map_err(bad)?;
        }
        tx.execute_batch(
            "DELETE FROM rows WHERE part NOT IN (SELECT part FROM sections);
             DELETE FROM parts WHERE id NOT IN (SELECT part FROM sections);",
        )
        .map_err(bad)?;
        let runs = out.runs.iter().map(|(seq, _)| *seq).collect();
        out.head = Some(put(&tx, &path, &entries, What::Prune(Prune { runs, retention }), now)?);
        tx.commit().map_err(bad)?;
        Ok(out)
    }
}

/// The holds that stand, by the number of their entry.
#[must_use]
pub fn holds(entries: &[Stored]) -> BTreeMap<u64, Hold> {
    let mut out = BTreeMap::new();
    for e in entries {
        match &e.entry.what {
            What::Hold(hold) => {
                out.insert(e.entry.seq, hold.clone());
            }
            What::Release(release) => {
                out.remove(&release.hold);
            }
            _ => {}
        }
    }
    out
}

/// The runs whose rows were removed.
#[must_use]
pub fn removed(entries: &[Stored]) -> std::collections::BTreeSet<u64> {
    let prunes = entries.iter().filter_map(|e| match &e.entry.what {
        What::Prune(prune) => Some(prune.runs.iter().copied()),
        _ => None,
    });
    prunes.flatten().collect()
}
