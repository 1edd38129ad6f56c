//! The file: opening, layouts, the chain.

mod append;
mod check;
mod keep;
mod load;

use std::path::{Path, PathBuf};
use std::time::Duration;

use assay_core::Timestamp;
use assay_core::identity::sha256;
use rusqlite::{
    Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};

use crate::LedgerError;
use crate::canon::canonical;
use crate::entry::{Declared, ENTRY_SCHEMA, Entry, GENESIS, Run, What};

pub use append::{Added, Observed};
pub use check::{Problem, Verified};
pub use keep::{Pruned, holds, removed};
pub use load::Views;

/// Marks an SQLite file as a ledger (`ASLG`).
const APPLICATION: i64 = 0x4153_4c47;

/// The layouts, each made from the one before. The file's `user_version` says how many it has.
const LAYOUTS: [&str; 1] = [include_str!("v1.sql")];

/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a file that is being begun is looked at again, every ten milliseconds.
const BEGINNING: u32 = 300;

/// A ledger.
#[derive(Debug)]
pub struct Ledger {
    path: PathBuf,
    db: Connection,
}

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
    /// Opens a ledger to read it. Nothing is written, but for what a writer that was killed left
    /// half done: that is taken back.
    ///
    /// # Errors
    /// It is not there, is none, or was changed.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let ledger = Self::open_unchecked(path)?;
        ledger.same_layout()?;
        Ok(ledger)
    }

    /// Opens a ledger to check it, whatever became of its tables.
    ///
    /// # Errors
    /// It is not there, or is none.
    pub fn open_unchecked(path: &Path) -> Result<Self, LedgerError> {
        match std::fs::metadata(path) {
            Ok(meta) if meta.len() == 0 => return Err(LedgerError::Empty(path.to_owned())),
            Ok(meta) if meta.is_dir() => return Err(LedgerError::NotSqlite(path.to_owned())),
            Ok(_) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(LedgerError::Missing(path.to_owned()));
            }
            Err(_) => return Err(LedgerError::ReadOnly(path.to_owned())),
        }
        // Where a writer was killed, SQLite takes back what it had begun: that needs to write.
        let mut journal = path.as_os_str().to_owned();
        journal.push("-journal");
        let flags = match Path::new(&journal).exists() {
            true => OpenFlags::SQLITE_OPEN_READ_WRITE,
            false => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let ledger = Self::connect(path, flags)?;
        match ledger.layout()? {
            (APPLICATION, version) if version >= 1 => Ok(ledger),
            _ => Err(LedgerError::Foreign(path.to_owned())),
        }
    }

    /// Opens a ledger to write to it. A new one is begun where there is no file.
    ///
    /// # Errors
    /// It is none, was changed, or may not be written.
    pub fn create(path: &Path) -> Result<Self, LedgerError> {
        if path.is_dir() {
            return Err(LedgerError::NotSqlite(path.to_owned()));
        }
        // Of two that begin it, one makes the file; the other waits for what it writes.
        let new = std::fs::OpenOptions::new().write(true).create_new(true).open(path).is_ok();
        let empty = || std::fs::metadata(path).is_ok_and(|m| m.len() == 0);
        if !new {
            let mut waited = 0;
            while empty() && waited < BEGINNING {
                std::thread::sleep(Duration::from_millis(10));
                waited += 1;
            }
            if empty() {
                return Err(LedgerError::Empty(path.to_owned()));
            }
        }
        let done = Self::begin_or_open(path);
        if new && done.is_err() && empty() {
            // Best effort: what was not begun is not left behind.
            let _ = std::fs::remove_file(path);
        }
        done
    }

    fn begin_or_open(path: &Path) -> Result<Self, LedgerError> {
        let mut ledger = Self::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let bad = |e| LedgerError::sql(path, e);
        ledger.layout()?;
        {
            let tx = ledger.begin()?;
            let have = layout(&tx, path)?;
            match have {
                (APPLICATION, version) if version >= 1 => {}
                (0, 0) if tables(&tx).map_err(bad)? == 0 => {
                    tx.pragma_update(None, "application_id", APPLICATION).map_err(bad)?;
                }
                _ => return Err(LedgerError::Foreign(path.to_owned())),
            }
            for (n, layout) in LAYOUTS.iter().enumerate() {
                let n = i64::try_from(n).unwrap_or(i64::MAX);
                if have.1 <= n {
                    tx.execute_batch(layout).map_err(bad)?;
                    tx.pragma_update(None, "user_version", n + 1).map_err(bad)?;
                }
            }
            tx.commit().map_err(bad)?;
        }
        ledger.same_layout()?;
        Ok(ledger)
    }

    fn connect(path: &Path, flags: OpenFlags) -> Result<Self, LedgerError> {
        let bad = |e| LedgerError::sql(path, e);
        let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(bad)?;
        db.busy_timeout(PATIENCE).map_err(bad)?;
        // The file may come from anybody.
        db.pragma_update(None, "trusted_schema", false).map_err(bad)?;
        db.pragma_update(None, "cell_size_check", true).map_err(bad)?;
        // What is removed is overwritten.
        db.pragma_update(None, "secure_delete", true).map_err(bad)?;
        Ok(Self { path: path.to_owned(), db })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long a writer waits for another, where it is not a minute.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn patience(&self, wait: Duration) -> Result<(), LedgerError> {
        self.db.busy_timeout(wait).map_err(|e| self.bad(e))
    }

    fn bad(&self, e: rusqlite::Error) -> LedgerError {
        LedgerError::sql(&self.path, e)
    }

    fn layout(&self) -> Result<(i64, i64), LedgerError> {
        layout(&self.db, &self.path)
    }

    /// Tables, views and triggers are those of the layout, and no others.
    fn same_layout(&self) -> Result<(), LedgerError> {
        match self.layout_problems()?.into_iter().next() {
            None => Ok(()),
            Some(what) => Err(LedgerError::Changed { path: self.path.clone(), what }),
        }
    }

    fn layout_problems(&self) -> Result<Vec<String>, LedgerError> {
        let fresh = Connection::open_in_memory().map_err(|e| self.bad(e))?;
        let (_, version) = self.layout()?;
        let known = usize::try_from(version).unwrap_or(usize::MAX);
        for layout in LAYOUTS.iter().take(known) {
            fresh.execute_batch(layout).map_err(|e| self.bad(e))?;
        }
        let (have, want) =
            (schema(&self.db).map_err(|e| self.bad(e))?, schema(&fresh).map_err(|e| self.bad(e))?);
        let mut out = Vec::new();
        for (name, sql) in &want {
            match have.iter().find(|(n, _)| n == name) {
                None => out.push(format!("{name} is missing")),
                Some((_, found)) if found != sql => out.push(format!("{name} is another one")),
                Some(_) => {}
            }
        }
        let known = |name: &String| want.iter().any(|(n, _)| n == name);
        out.extend(
            have.iter()
                .filter(|(name, _)| !known(name))
                .map(|(name, _)| format!("{name} does not belong in it")),
        );
        Ok(out)
    }

    /// Begins to write: whoever else writes is waited for.
    fn begin(&mut self) -> Result<Transaction<'_>, LedgerError> {
        let path = self.path.clone();
        self.db
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|e| LedgerError::sql(&path, e))
    }

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

fn layout(db: &Connection, path: &Path) -> Result<(i64, i64), LedgerError> {
    let read = |name| db.pragma_query_value(None, name, |r| r.get::<_, i64>(0));
    let application = read("application_id").map_err(|e| LedgerError::sql(path, e))?;
    let found = read("user_version").map_err(|e| LedgerError::sql(path, e))?;
    let known = i64::try_from(LAYOUTS.len()).unwrap_or(i64::MAX);
    if application == APPLICATION && found > known {
        return Err(LedgerError::Newer { path: path.to_owned(), found, known });
    }
    Ok((application, found))
}

fn tables(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT count(*) FROM sqlite_master", [], |r| r.get(0))
}

/// Everything that a database consists of, by name.
fn schema(db: &Connection) -> rusqlite::Result<Vec<(String, Option<String>)>> {
    let mut query = db.prepare("SELECT type || ' ' || name, sql FROM sqlite_master ORDER BY 1")?;
    let rows = query.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?;
    rows.collect()
}

/// Reads the chain and checks every link.
fn entries(db: &Connection, path: &Path) -> Result<Vec<Stored>, LedgerError> {
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
fn link(seq: i64, digest: &str, body: &str, before: &Head) -> Result<Entry, String> {
    let due = before.seq + 1;
    if u64::try_from(seq) != Ok(due) {
        return Err(format!("entry {due} is missing: the next one has the number {seq}"));
    }
    if sha256(body.as_bytes()) != digest {
        return Err(format!("entry {seq} was changed: its text has not the digest {digest}"));
    }
    let entry: Entry = serde_json::from_str(body)
        .map_err(|e| format!("entry {seq} is none that this release reads: {e}"))?;
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
fn put(
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

/// The number of a part by its digest.
fn part(db: &Connection, digest: &str) -> rusqlite::Result<Option<i64>> {
    db.query_row("SELECT id FROM parts WHERE digest = ?1", [digest], |r| r.get(0)).optional()
}

#[cfg(test)]
mod tests;
