//! The chain of entries: read link by link, and grown at its end.

use std::path::Path;

use assay_core::Timestamp;
use assay_core::identity::sha256;
use rusqlite::{Connection, Transaction, params};
use serde_json::Value;

use super::Ledger;
use crate::LedgerError;
use crate::canon::canonical;
use crate::entry::{Declared, ENTRY_SCHEMA, Entry, GENESIS, Run, What};

/// An entry as it lies in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its digest.
    pub digest: String,
    /// Its canonical text.
    pub body: String,
    /// What it says.
    pub entry: Entry,
}

impl Stored {
    /// The run, if it is one.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        match &self.entry.what {
            What::Run(run) => Some(run),
            _ => None,
        }
    }
}

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Head {
    /// The number of the last entry; 0 where there is none.
    pub seq: u64,
    /// Its digest, or [`GENESIS`].
    pub digest: String,
}

impl Ledger {
    /// Every entry, from the first.
    ///
    /// # Errors
    /// The chain does not hold.
    pub fn entries(&self) -> Result<Vec<Stored>, LedgerError> {
        entries(&self.db, &self.path)
    }

    /// The end of the chain.
    ///
    /// # Errors
    /// The chain does not hold.
    pub fn head(&self) -> Result<Head, LedgerError> {
        Ok(head(&self.entries()?))
    }

    /// Declares when runs are due and how long they are kept, if that is not what is declared
    /// already. Gives the number of the new entry.
    ///
    /// # Errors
    /// The entry cannot be written.
    pub fn declare(
        &mut self,
        declared: &Declared,
        now: Timestamp,
    ) -> Result<Option<u64>, LedgerError> {
        let path = self.path.clone();
        let tx = self.begin()?;
        let entries = entries(&tx, &path)?;
        if self::declared(&entries) == *declared {
            return Ok(None);
        }
        let head = put(&tx, &path, &entries, What::Declare(declared.clone()), now)?;
        tx.commit().map_err(|e| LedgerError::sql(&path, e))?;
        Ok(Some(head.seq))
    }
}

/// What is declared last.
#[must_use]
pub fn declared(entries: &[Stored]) -> Declared {
    entries
        .iter()
        .rev()
        .find_map(|e| match &e.entry.what {
            What::Declare(d) => Some(d.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

/// The end of a chain.
#[must_use]
pub fn head(entries: &[Stored]) -> Head {
    match entries.last() {
        Some(last) => Head { seq: last.entry.seq, digest: last.digest.clone() },
        None => Head { seq: 0, digest: GENESIS.to_owned() },
    }
}

/// The run whose collection ended last, before a moment where one is given.
#[must_use]
pub fn last_run(entries: &[Stored], before: Option<Timestamp>) -> Option<&Stored> {
    entries
        .iter()
        .filter_map(|e| Some((e, e.run()?.ended)))
        .filter(|(_, ended)| before.is_none_or(|before| *ended < before))
        .max_by_key(|(e, ended)| (*ended, e.entry.seq))
        .map(|(e, _)| e)
}

/// Reads the chain and checks every link.
pub(super) fn entries(db: &Connection, path: &Path) -> Result<Vec<Stored>, LedgerError> {
    let bad = |e| LedgerError::sql(path, e);
    let mut query =
        db.prepare("SELECT seq, digest, body FROM entries ORDER BY seq").map_err(bad)?;
    let mut rows = query.query([]).map_err(bad)?;
    let mut out: Vec<Stored> = Vec::new();
    while let Some(row) = rows.next().map_err(bad)? {
        let (seq, digest, body): (i64, String, String) =
            (row.get(0).map_err(bad)?, row.get(1).map_err(bad)?, row.get(2).map_err(bad)?);
        let entry = link(seq, &digest, &body, &head(&out))
            .map_err(|what| LedgerError::Changed { path: path.to_owned(), what })?;
        out.push(Stored { digest, body, entry });
    }
    Ok(out)
}

/// Reads one entry, and checks that it follows the one before.
pub(super) fn link(seq: i64, digest: &str, body: &str, before: &Head) -> Result<Entry, String> {
    let due = before.seq + 1;
    if u64::try_from(seq) != Ok(due) {
        return Err(format!("entry {due} is missing: the next one has the number {seq}"));
    }
    if sha256(body.as_bytes()) != digest {
        return Err(format!("entry {seq} was changed: its text has not the digest {digest}"));
    }
    let unread = |e| format!("entry {seq} is none that this release reads: {e}");
    let entry: Entry = serde_json::from_str(body).map_err(unread)?;
    // A name that stands twice, or a space: other programs would read another entry.
    let value: Value = serde_json::from_str(body).map_err(unread)?;
    if canonical(&value).ok().as_deref() != Some(body) {
        return Err(format!("entry {seq} is not in the canonical form (RFC 8785)"));
    }
    if entry.seq != due || entry.schema != ENTRY_SCHEMA {
        return Err(format!("entry {seq} says that it is another one"));
    }
    if entry.previous != before.digest {
        return Err(format!(
            "entry {seq} does not follow entry {}: it names {} as the digest before it, which is {}",
            before.seq, entry.previous, before.digest
        ));
    }
    Ok(entry)
}

/// Writes an entry at the end of the chain.
pub(super) fn put(
    tx: &Transaction<'_>,
    path: &Path,
    entries: &[Stored],
    what: What,
    now: Timestamp,
) -> Result<Head, LedgerError> {
    let before = head(entries);
    let seq = before.seq + 1;
    let entry = Entry {
        schema: ENTRY_SCHEMA.to_owned(),
        seq,
        previous: before.digest,
        recorded: now,
        what,
    };
    let body = canonical(&entry)?;
    let digest = sha256(body.as_bytes());
    let number = i64::try_from(seq).map_err(|e| LedgerError::Form(e.to_string()))?;
    tx.execute(
        "INSERT INTO entries (seq, digest, body) VALUES (?1, ?2, ?3)",
        params![number, digest, body],
    )
    .map_err(|e| LedgerError::sql(path, e))?;
    Ok(Head { seq, digest })
}
