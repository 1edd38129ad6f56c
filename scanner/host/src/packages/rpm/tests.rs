//! The three formats, whole and damaged.

use super::header::Header;
use super::{bdb, load, ndb, sqlite};
use crate::packages::Database;
use crate::{Host, Memory, Standing};

/// A header of some entries: tag, type, count, data.
pub(crate) fn header(entries: &[(u32, u32, u32, Vec<u8>)]) -> Vec<u8> {
    let (mut index, mut data) = (Vec::new(), Vec::new());
    for (tag, kind, count, bytes) in entries {
        while *kind == 4 && data.len() % 4 != 0 || *kind == 3 && data.len() % 2 != 0 {
            data.push(0_u8);
        }
        for word in [*tag, *kind, u32::try_from(data.len()).unwrap(), *count] {
            index.extend(word.to_be_bytes());
        }
        data.extend(bytes);
    }
    let mut out = u32::try_from(entries.len()).unwrap().to_be_bytes().to_vec();
    out.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    out.extend(index);
    out.extend(data);
    out
}

/// A package with two files.
pub(crate) fn package(name: &str, version: &str, epoch: Option<u32>) -> Vec<u8> {
    let text = |tag, t: &str| (tag, 6, 1, format!("{t}\0").into_bytes());
    let words = |tag, kind, all: &[u32]| {
        let bytes = all.iter().flat_map(|n| match kind {
            3 => u16::try_from(*n).unwrap().to_be_bytes().to_vec(),
            _ => n.to_be_bytes().to_vec(),
        });
        (tag, kind, u32::try_from(all.len()).unwrap(), bytes.collect())
    };
    let mut all = vec![
        text(1000, name),
        text(1001, version),
        text(1002, "1.el9"),
        text(1022, "x86_64"),
        words(1030, 3, &[0o104_755, 0o100_644]),
        (1035, 8, 2, format!("{}\0{}\0", "ab".repeat(32), "cd".repeat(32)).into_bytes()),
        words(1037, 4, &[0, 1]),
        words(1116, 4, &[0, 1]),
        (1117, 8, 2, format!("{name}\0{name}.conf\0").into_bytes()),
        (1118, 8, 2, b"/usr/bin/\0/etc/\0".to_vec()),
        (5010, 8, 2, b"cap_net_raw=p\0\0".to_vec()),
        words(5011, 4, &[8]),
    ];
    all.extend(epoch.map(|e| words(1003, 4, &[e])));
    header(&all)
}

/// A database file of `ndb`.
pub(crate) fn ndb_file(blobs: &[Vec<u8>]) -> Vec<u8> {
    ndb::tests::file(blobs)
}

/// A database file of SQLite as rpm makes it, and its log where one is asked for.
fn sqlite_file(blobs: &[Vec<u8>], page: u32, log: bool) -> (Vec<u8>, Option<Vec<u8>>) {
    // Tests run beside each other, and some make the same database.
    static MADE: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let n = MADE.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let name = format!("assay-rpm-{}-{n}", std::process::id());
    let path = std::env::temp_dir().join(name);
    let beside = |end: &str| std::path::PathBuf::from(format!("{}{end}", path.display()));
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(end));
    }
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "page_size", page).unwrap();
    db.pragma_update(None, "journal_mode", "WAL").unwrap();
    db.execute_batch(
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL);
         CREATE TABLE Name (key TEXT NOT NULL, hnum INTEGER, idx INTEGER);",
    )
    .unwrap();
    for (n, blob) in blobs.iter().enumerate() {
        db.execute("INSERT INTO Packages (blob) VALUES (?)", [blob]).unwrap();
        // One half lies in the database, the other in its log.
        if log && n == blobs.len() / 2 {
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        }
    }
    if !log {
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    }
    let out = (std::fs::read(&path).unwrap(), std::fs::read(beside("-wal")).ok());
    drop(db);
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(end));
    }
    (out.0, out.1.filter(|w| !w.is_empty()))
}

/// A hash of Berkeley DB with pages of 512 bytes: each blob in a chain of its own.
fn bdb_file(blobs: &[Vec<u8>]) -> Vec<u8> {
    const PAGE: usize = 512;
    let word = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let (mut hash, mut rest): (Vec<Vec<u8>>, Vec<Vec<u8>>) = (Vec::new(), Vec::new());
    let first = blobs.len() + 1;
    for (n, blob) in blobs.iter().enumerate() {
        let mut page = vec![0; PAGE];
        page[25] = 13;
        page[20] = 2;
        page[26..28].copy_from_slice(&u16::try_from(PAGE - 5).unwrap().to_le_bytes());
        page[28..30].copy_from_slice(&u16::try_from(PAGE - 17).unwrap().to_le_bytes());
        page[PAGE - 5] = 1;
        page[PAGE - 4..].copy_from_slice(&word(n + 1));
        page[PAGE - 17] = 3;
        page[PAGE - 13..PAGE - 9].copy_from_slice(&word(first + rest.len()));
        page[PAGE - 9..PAGE - 5].copy_from_slice(&word(blob.len()));
        hash.push(page);
        let parts: Vec<&[u8]> = blob.chunks(PAGE - 26).collect();
        for (i, part) in parts.iter().enumerate() {
            let mut page = vec![0; PAGE];
            page[25] = 7;
            if i + 1 < parts.len() {
                page[16..20].copy_from_slice(&word(first + rest.len() + 1));
            }
            page[22..24].copy_from_slice(&u16::try_from(part.len()).unwrap().to_le_bytes());
            page[26..26 + part.len()].copy_from_slice(part);
            rest.push(page);
        }
    }
    let mut meta = vec![0; PAGE];
    meta[12..16].copy_from_slice(&0x0006_1561_u32.to_le_bytes());
    meta[20..24].copy_from_slice(&word(PAGE));
    meta[25] = 8;
    meta[32..36].copy_from_slice(&word(hash.len() + rest.len()));
    [vec![meta], hash, rest].concat().concat()
}

fn blobs() -> Vec<Vec<u8>> {
    let long = header(&[(1000, 6, 1, [vec![b'x'; 9000], vec![0]].concat())]);
    let mut all: Vec<Vec<u8>> =
        (0..60).map(|n| package(&format!("p{n}"), "1.0", Some(n).filter(|n| n % 3 > 0))).collect();
    all.push(long);
    all
}

#[test]
fn every_format_gives_every_blob() {
    let want: std::collections::BTreeSet<Vec<u8>> = blobs().into_iter().collect();
    let all = blobs();
    type Take<'a> = &'a mut dyn FnMut(&[u8]) -> Option<()>;
    let read = |f: &dyn Fn(Take<'_>) -> Option<()>| {
        let mut got = std::collections::BTreeSet::new();
        f(&mut |blob| {
            got.insert(blob.to_vec());
            Some(())
        })
        .unwrap();
        got
    };
    for (page, log) in [(512, false), (512, true), (4096, false), (4096, true), (65_536, true)] {
        let (file, wal) = sqlite_file(&all, page, log);
        assert_eq!(wal.is_some(), log);
        assert_eq!(read(&|t| sqlite::packages(&file, wal.as_deref(), t)), want, "{page} {log}");
        if log {
            let stale = read(&|t| sqlite::packages(&file, None, t));
            assert!(stale.len() < want.len(), "the log matters");
        }
    }
    let file = ndb::tests::file(&all);
    assert_eq!(read(&|t| ndb::packages(&file, t)), want);
    let file = bdb_file(&all);
    assert_eq!(read(&|t| bdb::packages(&file, t)), want);
}

fn loaded(m: &Memory) -> Result<Option<Database>, String> {
    load(&Host::new(m, "h", assay_core::Timestamp::UNIX_EPOCH)).map_err(|gap| gap.detail)
}

#[test]
fn packages_and_their_files() {
    let mut m = Memory::new(Standing::AtRest);
    let all = [package("a", "1.0~rc1", Some(2)), package("gpg-pubkey", "fd431d51", None)];
    m.file("/usr/lib/sysimage/rpm/Packages.db", ndb::tests::file(&all));
    m.symlink("/var/lib/rpm", "../../usr/lib/sysimage/rpm");
    let found = loaded(&m).unwrap().unwrap();
    let [package] = found.packages.as_slice() else { panic!("a key is no package") };
    assert_eq!((package.name.as_str(), package.version.as_str()), ("a", "2:1.0~rc1-1.el9"));
    let mut files = Vec::new();
    found.files.each(&mut |f| {
        let caps = f.capabilities.unwrap_or("?").to_owned();
        files.push((f.path.to_owned(), f.mode, caps, f.digest.is_some()));
    });
    assert_eq!(
        files,
        [
            ("/usr/bin/a".to_owned(), Some(0o4755), "cap_net_raw=p".to_owned(), true),
            ("/etc/a.conf".to_owned(), Some(0o644), String::new(), false),
        ]
    );
}

#[test]
fn of_two_databases_rpms_macros_decide() {
    let mut m = Memory::new(Standing::AtRest);
    m.file("/var/lib/rpm/Packages", bdb_file(&[package("old", "1", None)]));
    m.file("/usr/lib/sysimage/rpm/Packages.db", ndb::tests::file(&[package("new", "1", None)]));
    assert!(loaded(&m).unwrap_err().contains("two rpm databases"));
    m.file("/usr/lib/rpm/macros", "# x\n%_dbpath\t\t%{_usr}/lib/sysimage/rpm\n%_db_backend ndb\n");
    assert_eq!(loaded(&m).unwrap().unwrap().packages[0].name, "new");
    m.file("/etc/rpm/macros.db", "%_dbpath /var/lib/rpm\n");
    assert_eq!(loaded(&m).unwrap().unwrap().packages[0].name, "old");
}

#[test]
fn what_is_damaged_or_in_the_middle_of_a_change_is_a_gap() {
    let mut m = Memory::new(Standing::AtRest);
    let (file, _) = sqlite_file(&blobs()[..3], 4096, false);
    m.file("/var/lib/rpm/rpmdb.sqlite", &file);
    assert_eq!(loaded(&m).unwrap().unwrap().packages.len(), 3);
    m.file("/var/lib/rpm/rpmdb.sqlite-journal", b"\xd9\xd5\x05\xf9");
    assert!(loaded(&m).unwrap_err().contains("broken off"));
    m.file("/var/lib/rpm/rpmdb.sqlite-journal", "").file("/var/lib/rpm/rpmdb.sqlite-wal", "junk");
    assert!(loaded(&m).unwrap_err().contains("damaged"));
    m.file("/var/lib/rpm/rpmdb.sqlite-wal", "");
    m.file("/var/lib/rpm/rpmdb.sqlite", file.get(..file.len() - 4096).unwrap());
    assert!(loaded(&m).unwrap_err().contains("damaged"));
}

#[test]
fn damage_never_panics_loops_or_grows() {
    // A small generator of numbers is enough to turn bits.
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |n: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed >> 16).unwrap() % n
    };
    let all = blobs();
    let (file, log) = sqlite_file(&all, 512, true);
    let sources = [file, log.unwrap(), ndb::tests::file(&all), bdb_file(&all), all[0].clone()];
    let odd = [0, 1, 0x7f, 0x80, 0xff];
    for round in 0..6000 {
        let which = round % sources.len();
        let mut bytes = sources[which].clone();
        for _ in 0..=next(6) {
            // Mostly near the beginning, where the structure is; sometimes a whole number at once.
            let reach = if next(3) == 0 { bytes.len() } else { bytes.len().min(700) };
            let at = next(reach);
            let value =
                if next(2) == 0 { odd[next(odd.len())] } else { u8::try_from(next(256)).unwrap() };
            let width = [1, 1, 2, 4][next(4)];
            for byte in bytes.iter_mut().skip(at).take(width) {
                *byte = value;
            }
        }
        if next(8) == 0 {
            bytes.truncate(next(bytes.len() + 1));
        }
        let (mut taken, limit) = (0, bytes.len() + sources[0].len() + sources[1].len());
        let mut take = |blob: &[u8]| {
            taken += blob.len();
            if let Some(header) = Header::parse(blob) {
                let mut files = crate::packages::Files::new(true);
                let _ = super::package(&header);
                let _ = super::add_files(&header, 0, &mut files);
            }
            Some(())
        };
        match which {
            0 => drop(sqlite::packages(&bytes, Some(&sources[1]), &mut take)),
            1 => drop(sqlite::packages(&sources[0], Some(&bytes), &mut take)),
            2 => drop(ndb::packages(&bytes, &mut take)),
            3 => drop(bdb::packages(&bytes, &mut take)),
            _ => drop(take(&bytes)),
        }
        assert!(taken <= limit, "{taken} bytes of {limit}");
    }
}
