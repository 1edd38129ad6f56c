//! Checking a ledger: the chain, the rows behind it, the file, an anchored head.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::append::digest;
use super::{Head, Ledger, Stored, entries, head, link};
use crate::LedgerError;
use crate::canon::Lines;
use crate::entry::{Hold, Run, SectionDigest, What, section};
use crate::view::View;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The entry at which it was found, where it belongs to one.
    pub entry: Option<u64>,
    /// What.
    pub what: String,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verified {
    /// What does not hold; empty where all does.
    pub problems: Vec<Problem>,
    /// Entries of the chain, as far as it holds.
    pub entries: u64,
    /// Runs among them.
    pub runs: u64,
    /// Runs whose rows were removed after their retention.
    pub pruned: u64,
    /// Rows whose digest was compared.
    pub rows: u64,
    /// The end of the chain.
    pub head: Option<Head>,
    /// The entry whose digest is the head that was given.
    pub anchored: Option<u64>,
}

impl Verified {
    fn add(&mut self, entry: Option<u64>, what: impl Into<String>) {
        self.problems.push(Problem { entry, what: what.into() });
    }
}

impl Ledger {
    /// What a run said, its rows compared with the digests in its entry first.
    ///
    /// # Errors
    /// They are others, or cannot be read.
    pub fn proved(&self, stored: &Stored) -> Result<View, LedgerError> {
        let seq = stored.entry.seq;
        if let Some(run) = stored.run() {
            let (mut parts, mut out) = (HashMap::new(), Verified::default());
            let shown = run.sections.iter().filter(|s| s.name != section::POPULATIONS);
            self.sections(seq, shown, false, &mut parts, &mut out)?;
            if let Some(first) = out.problems.into_iter().next() {
                let what = format!("entry {seq}: {}", first.what);
                return Err(LedgerError::Changed { path: self.path.clone(), what });
            }
        }
        self.view(stored)
    }

    /// Checks everything. With a head that was kept elsewhere, also that the chain still leads
    /// through it: a ledger that was cut off or written anew does not.
    ///
    /// # Errors
    /// The file cannot be read at all.
    pub fn verify(&self, anchor: Option<&str>) -> Result<Verified, LedgerError> {
        let mut out = Verified::default();
        for problem in self.layout_problems()? {
            out.add(None, format!("the file is not as assay made it: {problem}"));
        }
        for problem in self.damage() {
            out.add(None, format!("the file is damaged: {problem}"));
        }
        let chain = match self.chain(&mut out) {
            Ok(chain) => chain,
            Err(e) => {
                out.add(None, format!("the entries cannot be read: {e}"));
                return Ok(out);
            }
        };
        let pruned = self.pruned(&chain, &mut out);
        let mut parts = HashMap::new();
        for stored in &chain {
            if let Some(run) = stored.run() {
                let seq = stored.entry.seq;
                out.runs += 1;
                let gone = pruned.contains(&seq);
                out.pruned += u64::from(gone);
                if let Err(e) = self.sections(seq, run.sections.iter(), gone, &mut parts, &mut out)
                {
                    out.add(Some(seq), format!("its rows cannot be read: {e}"));
                }
            }
        }
        if let Err(e) = self.strays(&chain, &parts, &mut out) {
            out.add(None, format!("the rows cannot be read: {e}"));
        }
        if let Some(anchor) = anchor {
            let anchor = anchor.trim().to_ascii_lowercase();
            out.anchored = chain.iter().find(|e| e.digest == anchor).map(|e| e.entry.seq);
            if out.anchored.is_none() {
                out.add(
                    None,
                    format!(
                        "no entry has the digest {anchor}: the ledger was cut off or written anew \
                         since that head was taken, or it is another ledger's"
                    ),
                );
            }
        }
        out.entries = chain.len() as u64;
        out.head = Some(head(&chain));
        Ok(out)
    }

    /// What SQLite itself says of the file.
    fn damage(&self) -> Vec<String> {
        let read = || {
            let mut query = self.db.prepare("PRAGMA integrity_check(20)")?;
            let rows = query.query_map([], |r| r.get::<_, String>(0))?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        };
        match read() {
            Ok(said) if said == ["ok"] => Vec::new(),
            Ok(said) => said,
            Err(e) => vec![e.to_string()],
        }
    }

    /// The entries, as far as they can be read; every broken link is named, and the chain goes on
    /// behind it with what is there.
    fn chain(&self, out: &mut Verified) -> rusqlite::Result<Vec<Stored>> {
        if let Ok(all) = entries(&self.db, &self.path) {
            return Ok(all);
        }
        let mut query = self.db.prepare("SELECT seq, digest, body FROM entries ORDER BY seq")?;
        let mut rows = query.query([])?;
        let mut chain: Vec<Stored> = Vec::new();
        let mut before = head(&[]);
        while let Some(row) = rows.next()? {
            let (seq, digest, body): (i64, String, String) =
                (row.get(0)?, row.get(1)?, row.get(2)?);
            let number = u64::try_from(seq).unwrap_or_default();
            match link(seq, &digest, &body, &before) {
                Ok(entry) => chain.push(Stored { digest: digest.clone(), body, entry }),
                Err(what) => {
                    out.add(Some(number), what);
                    if let Ok(entry) = serde_json::from_str(&body) {
                        chain.push(Stored { digest: digest.clone(), body, entry });
                    }
                }
            }
            before = Head { seq: number, digest };
        }
        Ok(chain)
    }

    /// The runs whose rows were removed. None of them may have been held.
    fn pruned(&self, chain: &[Stored], out: &mut Verified) -> BTreeSet<u64> {
        let mut runs: BTreeMap<u64, &Run> = BTreeMap::new();
        let mut holds: BTreeMap<u64, &Hold> = BTreeMap::new();
        let mut pruned = BTreeSet::new();
        for e in chain {
            let seq = e.entry.seq;
            match &e.entry.what {
                What::Run(run) => {
                    runs.insert(seq, run);
                }
                What::Hold(hold) => {
                    holds.insert(seq, hold);
                }
                What::Release(release) => {
                    if holds.remove(&release.hold).is_none() {
                        out.add(Some(seq), format!("it releases {}, no hold", release.hold));
                    }
                }
                What::Prune(prune) => {
                    for n in &prune.runs {
                        let held =
                            runs.get(n).and_then(|run| holds.iter().find(|(_, h)| h.covers(run)));
                        if let Some((hold, _)) = held {
                            out.add(
                                Some(seq),
                                format!("it removed run {n}, which entry {hold} held"),
                            );
                        }
                        if !runs.contains_key(n) {
                            out.add(
                                Some(seq),
                                format!("it removed {n}, which is no run before it"),
                            );
                        }
                        pruned.insert(*n);
                    }
                }
                What::Declare(_) => {}
            }
        }
        pruned
    }

    /// The rows of a run, section by section, against the digests in its entry.
    fn sections<'s>(
        &self,
        seq: u64,
        all: impl Iterator<Item = &'s SectionDigest>,
        gone: bool,
        parts: &mut HashMap<i64, (u64, String)>,
        out: &mut Verified,
    ) -> Result<(), LedgerError> {
        for want in all {
            let (mut have, mut broken) = (Vec::new(), Vec::new());
            for (name, part) in self.parts(seq, &want.name)? {
                let found = match parts.get(&part) {
                    Some(found) => found.clone(),
                    None => {
                        let found = self.part_digest(part)?;
                        out.rows += found.0;
                        parts.insert(part, found.clone());
                        found
                    }
                };
                if self.stored_digest(part)?.as_deref() != Some(found.1.as_str()) {
                    broken.push(name.clone());
                }
                have.push((name, found.0, found.1));
            }
            let name = &want.name;
            if gone {
                if !have.is_empty() {
                    out.add(Some(seq), format!("its {name} were removed, and are there"));
                }
                continue;
            }
            let found = digest(name, have)?;
            if found != *want {
                let mut what = format!("its {name} were changed");
                if !broken.is_empty() {
                    what.push_str(&format!(" in {}", broken.join(", ")));
                }
                what.push_str(&match found.rows == want.rows {
                    true => format!(
                        ": the rows have the digest {}, the entry says {}",
                        found.sha256, want.sha256
                    ),
                    false => {
                        format!(": there are {} rows, the entry says {}", found.rows, want.rows)
                    }
                });
                out.add(Some(seq), what);
            }
        }
        Ok(())
    }

    /// The digest by which a part is found again.
    fn stored_digest(&self, part: i64) -> Result<Option<String>, LedgerError> {
        use rusqlite::OptionalExtension;
        self.db
            .query_row("SELECT digest FROM parts WHERE id = ?1", [part], |r| r.get(0))
            .optional()
            .map_err(|e| LedgerError::sql(self.path(), e))
    }

    fn part_digest(&self, part: i64) -> Result<(u64, String), LedgerError> {
        let (mut hash, mut rows) = (Lines::default(), 0);
        self.lines(part, &mut |_, line| {
            hash.add(line);
            rows += 1;
            Ok(())
        })?;
        Ok((rows, hash.digest()))
    }

    /// Rows that no entry vouches for, and numbers that say something else than what is there.
    fn strays(
        &self,
        chain: &[Stored],
        seen: &HashMap<i64, (u64, String)>,
        out: &mut Verified,
    ) -> rusqlite::Result<()> {
        let runs: BTreeSet<u64> =
            chain.iter().filter(|e| e.run().is_some()).map(|e| e.entry.seq).collect();
        let mut query = self
            .db
            .prepare("SELECT DISTINCT entry, section FROM sections ORDER BY entry, section")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (seq, name): (i64, String) = (row.get(0)?, row.get(1)?);
            let number = u64::try_from(seq).unwrap_or_default();
            if !runs.contains(&number) || !section::ALL.contains(&name.as_str()) {
                out.add(
                    Some(number),
                    format!("no run of this number has {name}, and rows are there"),
                );
            }
        }
        let mut query = self.db.prepare("SELECT id, digest, count FROM parts ORDER BY id")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let (id, digest, count): (i64, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            match seen.get(&id) {
                None => out.add(None, format!("rows that no run has: part {id}")),
                Some((rows, sha)) if *sha != digest || i64::try_from(*rows) != Ok(count) => {
                    out.add(
                        None,
                        format!(
                            "part {id} is not what it says: its digest or its count was changed"
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        let stray: i64 = self.db.query_row(
            "SELECT count(*) FROM rows WHERE part NOT IN (SELECT id FROM parts)",
            [],
            |r| r.get(0),
        )?;
        if stray > 0 {
            out.add(None, format!("{stray} rows belong to no part"));
        }
        // Where rows begin is part of what they say to whoever reads the tables.
        let shifted: i64 = self.db.query_row(
            "SELECT count(*) FROM (SELECT part FROM rows GROUP BY part
                HAVING min(n) <> 0 OR max(n) <> count(*) - 1)",
            [],
            |r| r.get(0),
        )?;
        if shifted > 0 {
            out.add(None, format!("the rows of {shifted} parts are not numbered from 0"));
        }
        Ok(())
    }
}
