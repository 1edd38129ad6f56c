//! Reading the rows of runs back.

use std::collections::HashMap;
use std::sync::Arc;

use assay_core::verdict::Verdict;
use serde::de::DeserializeOwned;

use super::{Ledger, Stored};
use crate::LedgerError;
use crate::entry::section;
use crate::view::{Member, View};

/// Reads the views of runs one after the other; a part that the run before had too is not read
/// again.
pub struct Views<'l> {
    ledger: &'l Ledger,
    kept: HashMap<i64, Arc<Vec<Verdict>>>,
}

impl<'l> Views<'l> {
    /// What the run of an entry said.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn get(&mut self, stored: &Stored) -> Result<View, LedgerError> {
        let (ledger, seq, run) = (self.ledger, stored.entry.seq, stored.run());
        let mut view = View::default();
        let mut kept = HashMap::new();
        for (name, part) in ledger.parts(seq, section::FINDINGS)? {
            let rows = match self.kept.remove(&part) {
                Some(rows) => rows,
                None => Arc::new(ledger.rows(part)?),
            };
            kept.insert(part, Arc::clone(&rows));
            view.findings.insert(name, rows);
        }
        self.kept = kept;
        for (_, part) in ledger.parts(seq, section::CONTROLS)? {
            view.controls.extend(ledger.rows(part)?);
        }
        for (_, part) in ledger.parts(seq, section::RULES)? {
            view.rules.extend(ledger.rows(part)?);
        }
        for (_, part) in ledger.parts(seq, section::LISTINGS)? {
            view.listings.extend(ledger.rows(part)?);
        }
        for (_, part) in ledger.parts(seq, section::WAIVERS)? {
            view.waivers.extend(ledger.rows(part)?);
        }
        if run.is_some_and(|r| r.sections.iter().any(|s| s.name == section::APPROVALS)) {
            let mut rows = Vec::new();
            for (_, part) in ledger.parts(seq, section::APPROVALS)? {
                rows.extend(ledger.rows(part)?);
            }
            view.approvals = Some(rows);
        }
        Ok(view)
    }
}

impl Ledger {
    /// Reads runs.
    #[must_use]
    pub fn views(&self) -> Views<'_> {
        Views { ledger: self, kept: HashMap::new() }
    }

    /// What the run of an entry said.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn view(&self, stored: &Stored) -> Result<View, LedgerError> {
        self.views().get(stored)
    }

    /// The parts of a section of an entry: name and number.
    pub(crate) fn parts(&self, seq: u64, section: &str) -> Result<Vec<(String, i64)>, LedgerError> {
        let seq = i64::try_from(seq).map_err(|e| LedgerError::Form(e.to_string()))?;
        let read = || {
            let mut query = self.db.prepare(
                "SELECT name, part FROM sections WHERE entry = ?1 AND section = ?2 ORDER BY name",
            )?;
            let rows = query.query_map((seq, section), |r| Ok((r.get(0)?, r.get(1)?)))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|e| self.bad(e))
    }

    /// Hands every row of a part to `each`, in order, with its number.
    pub(crate) fn lines(
        &self,
        part: i64,
        each: &mut dyn FnMut(i64, &str) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let bad = |e| self.bad(e);
        let mut query =
            self.db.prepare("SELECT n, line FROM rows WHERE part = ?1 ORDER BY n").map_err(bad)?;
        let mut rows = query.query([part]).map_err(bad)?;
        while let Some(row) = rows.next().map_err(bad)? {
            let line = row.get_ref(1).map_err(bad)?;
            let line = line.as_str().map_err(|e| LedgerError::Form(e.to_string()))?;
            each(row.get(0).map_err(bad)?, line)?;
        }
        Ok(())
    }

    fn rows<T: DeserializeOwned>(&self, part: i64) -> Result<Vec<T>, LedgerError> {
        let mut out = Vec::new();
        self.lines(part, &mut |n, line| {
            out.push(serde_json::from_str(line).map_err(|e| LedgerError::Changed {
                path: self.path.clone(),
                what: format!("row {n} of part {part} cannot be read: {e}"),
            })?);
            Ok(())
        })?;
        Ok(out)
    }

    /// Hands every member of the populations of a run to `each`, in order of type, account, region,
    /// id within each segment.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn members(&self, seq: u64, each: &mut dyn FnMut(Member)) -> Result<(), LedgerError> {
        for (_, part) in self.parts(seq, section::POPULATIONS)? {
            self.rows::<Member>(part)?.into_iter().for_each(&mut *each);
        }
        Ok(())
    }

    /// Hands everything in the ledger to `each` as JSON lines: each entry with its digest, followed
    /// by its rows. What is hashed stands in it as it is hashed: the text of `body`, and of `row`.
    ///
    /// # Errors
    /// It cannot be read, or `each` fails.
    pub fn export(
        &self,
        each: &mut dyn FnMut(&str) -> std::io::Result<()>,
    ) -> Result<(), LedgerError> {
        for e in self.entries()? {
            let seq = e.entry.seq;
            each(&format!("{{\"body\":{},\"digest\":\"{}\"}}", e.body, e.digest))?;
            for section in section::ALL {
                for (name, part) in self.parts(seq, section)? {
                    let name = crate::canon::canonical(&name)?;
                    self.lines(part, &mut |_, line| {
                        Ok(each(&format!(
                            "{{\"entry\":{seq},\"part\":{name},\"row\":{line},\"section\":\"{section}\"}}"
                        ))?)
                    })?;
                }
            }
        }
        Ok(())
    }
}
