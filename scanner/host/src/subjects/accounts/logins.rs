//! When accounts were last used: `/var/log/lastlog` and `/var/log/wtmp`.

use std::collections::BTreeMap;
use std::path::Path;

use assay_core::{Gap, GapState, Timestamp};

use crate::{Host, gap};

/// Most bytes of `lastlog` that are read: it has a record for every user id, most of them holes.
const MAX_LASTLOG: u64 = 32 << 20;

/// The records of logins.
#[derive(Debug, Default)]
pub(crate) struct Logins {
    lastlog: Vec<u8>,
    /// Bytes of a record, and of the time in it.
    record: (usize, usize),
    /// Bytes of the file that were not read.
    cut: bool,
    /// By name: seconds since 1970.
    wtmp: BTreeMap<String, i64>,
    /// The files that were there.
    pub(crate) files: Vec<&'static str>,
}

impl Logins {
    /// Reads them for users up to a user id.
    ///
    /// # Errors
    /// Where records exist that cannot be read here, or none are kept.
    pub(crate) fn read(host: &Host<'_>, highest: u32) -> Result<Self, Gap> {
        for database in ["/var/lib/lastlog/lastlog2.db", "/var/lib/wtmpdb/wtmp.db"] {
            if host.stat(database)?.is_some() {
                let detail = format!("{database}: this kind of database is not read");
                return Err(Gap::new(GapState::Unsupported, detail));
            }
        }
        let mut out = Self::default();
        let path = Path::new("/var/log/lastlog");
        if let Some(stat) = host.stat(path)? {
            // 292 bytes where the time has 32 bits, 296 where it has 64.
            let wide = !stat.size.is_multiple_of(292) && stat.size.is_multiple_of(296);
            out.record = if wide { (296, 8) } else { (292, 4) };
            let record = u64::try_from(out.record.0).unwrap_or(292);
            let want = (u64::from(highest).saturating_add(1)).saturating_mul(record);
            let want = want.min(stat.size);
            out.cut = want > MAX_LASTLOG;
            let want = usize::try_from(want.min(MAX_LASTLOG)).unwrap_or_default();
            out.lastlog = host.root().head(path, want).map_err(|m| gap(path, &m))?;
            out.files.push("/var/log/lastlog");
        }
        for file in ["/var/log/wtmp", "/var/log/wtmp.1"] {
            if let Some(bytes) = host.bytes(file)? {
                out.take(&bytes);
                out.files.push(file);
            }
        }
        if out.files.is_empty() {
            let detail = "neither /var/log/lastlog nor /var/log/wtmp is there";
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        Ok(out)
    }

    /// Takes the logins out of a `wtmp`: records of 384 bytes, or 400 where times have 64 bits.
    fn take(&mut self, bytes: &[u8]) {
        const USER_PROCESS: [u8; 2] = [7, 0];
        let wide = !bytes.len().is_multiple_of(384) && bytes.len().is_multiple_of(400);
        let size = if wide { 400 } else { 384 };
        for record in bytes.chunks_exact(size) {
            if record.get(..2) != Some(&USER_PROCESS) {
                continue;
            }
            let Some(name) = record.get(44..76) else { continue };
            let name: Vec<u8> = name.iter().copied().take_while(|b| *b != 0).collect();
            let at = if wide { long(record, 344) } else { int(record, 340) };
            let (Ok(name), Some(at)) = (String::from_utf8(name), at) else { continue };
            let last = self.wtmp.entry(name).or_insert(at);
            *last = at.max(*last);
        }
    }

    /// The last login of a user. `None`: there is no record of one.
    ///
    /// # Errors
    /// Where his record lies behind what is read.
    pub(crate) fn last(&self, uid: u32, name: &str) -> Result<Option<Timestamp>, Gap> {
        let start = usize::try_from(uid).unwrap_or(usize::MAX).saturating_mul(self.record.0.max(1));
        let at = match self.record.1 {
            4 => int(&self.lastlog, start),
            8 => long(&self.lastlog, start),
            _ => None,
        };
        if at.is_none() && self.cut {
            let detail = format!("/var/log/lastlog: the record of user {uid} lies too far");
            return Err(Gap::new(GapState::Malformed, detail));
        }
        let at = at.filter(|t| *t != 0);
        let last = at.max(self.wtmp.get(name).copied());
        Ok(last.and_then(|t| Timestamp::from_second(t).ok()))
    }
}

fn int(bytes: &[u8], at: usize) -> Option<i64> {
    let bytes = bytes.get(at..)?.first_chunk::<4>()?;
    // Seconds of 32 bits: unsigned, they last until 2106.
    Some(i64::from(u32::from_le_bytes(*bytes)))
}

fn long(bytes: &[u8], at: usize) -> Option<i64> {
    bytes.get(at..)?.first_chunk::<8>().map(|b| i64::from_le_bytes(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, Standing};

    #[test]
    fn records_are_found_by_id_and_by_name() {
        let mut lastlog = vec![0_u8; 292 * 1002];
        lastlog[292 * 1001..292 * 1001 + 4].copy_from_slice(&1_700_000_000_u32.to_le_bytes());
        let mut wtmp = vec![0_u8; 768];
        wtmp[384] = 7;
        wtmp[384 + 44..384 + 47].copy_from_slice(b"bob");
        wtmp[384 + 340..384 + 344].copy_from_slice(&1_800_000_000_u32.to_le_bytes());
        let mut m = Memory::new(Standing::AtRest);
        m.file("/var/log/lastlog", &lastlog).file("/var/log/wtmp", &wtmp);
        let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
        let l = Logins::read(&host, 1001).unwrap();
        assert_eq!(l.last(1001, "ann").unwrap().unwrap().as_second(), 1_700_000_000);
        assert_eq!(l.last(1001, "bob").unwrap().unwrap().as_second(), 1_800_000_000);
        assert_eq!(l.last(1000, "eve").unwrap(), None);
        assert_eq!(l.last(70_000, "far").unwrap(), None, "behind the end of the file");
        m.file("/var/lib/lastlog/lastlog2.db", "SQLite format 3");
        let host = Host::new(&m, "h", Timestamp::UNIX_EPOCH);
        assert_eq!(Logins::read(&host, 0).unwrap_err().state, GapState::Unsupported);
    }
}
