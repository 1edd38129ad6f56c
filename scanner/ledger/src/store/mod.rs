//! The file: opening it, and its layouts.

mod append;
mod chain;
mod check;
mod keep;
mod load;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use crate::LedgerError;

pub use append::{Added, Observed};
pub use chain::{Head, Stored, declared, head, last_run};
use chain::{entries, link, put};
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
        // It lies beside the file itself, not beside a link to it.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let mut journal = real.into_os_string();
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

    /// Whether there is a folder for a ledger.
    ///
    /// # Errors
    /// There is none.
    pub fn has_folder(path: &Path) -> Result<(), LedgerError> {
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        match folder.filter(|f| !f.exists()) {
            Some(folder) => Err(LedgerError::NoFolder(folder.to_owned())),
            None => Ok(()),
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
        Self::has_folder(path)?;
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

/// The number of a part by its digest.
fn part(db: &Connection, digest: &str) -> rusqlite::Result<Option<i64>> {
    db.query_row("SELECT id FROM parts WHERE digest = ?1", [digest], |r| r.get(0)).optional()
}

#[cfg(test)]
mod tests;
