//! rpm's database, in each of its formats. Sources: rpm's manual, `rpmtag.h`, the descriptions of the
//! formats.

mod bdb;
mod bytes;
mod header;
mod ndb;
mod place;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod version;

use std::path::Path;

use assay_core::{Gap, GapState};

use super::{Database, Files, Kind, MAX_PACKAGES, Package};
use crate::Host;
use header::{Header, tag};
use place::Format;

/// Most files of all packages.
const MAX_FILES: usize = 4_000_000;

/// Flags of files: it is a configuration file; it is only listed, never brought.
const CONFIG: u32 = 1;
const GHOST: u32 = 1 << 6;
/// What `rpm --verify` compares: the content.
const VERIFY_DIGEST: u32 = 1;

/// The database. `None`: there is none.
///
/// # Errors
/// One that cannot be read whole, or that changed while it was read.
pub(crate) fn load(host: &Host<'_>) -> Result<Option<Database>, Gap> {
    let Some((path, format)) = place::find(host)? else { return Ok(None) };
    let before = state(host, &path)?;
    let Some(file) = content(host, &path)? else { return Ok(None) };
    let log = match format {
        Format::Sqlite => log(host, &path)?,
        _ => None,
    };
    if state(host, &path)? != before {
        let detail = format!("{}: it changed while it was read", path.display());
        return Err(Gap::new(GapState::Failed, detail));
    }
    let mut packages = Vec::new();
    let mut files = Files::new(true);
    let mut take = |blob: &[u8]| {
        let header = Header::parse(blob)?;
        let package = package(&header)?;
        // Keys that were imported are kept as packages without files.
        if package.name != "gpg-pubkey" {
            if packages.len() >= MAX_PACKAGES {
                return None;
            }
            add_files(&header, packages.len(), &mut files)?;
            packages.push(package);
        }
        Some(())
    };
    let read = match format {
        Format::Sqlite => sqlite::packages(&file, log.as_deref(), &mut take),
        Format::Ndb => ndb::packages(&file, &mut take),
        Format::Bdb => bdb::packages(&file, &mut take),
    };
    if read.is_none() {
        let detail = format!("{}: it is damaged, or larger than is read", path.display());
        return Err(Gap::new(GapState::Malformed, detail));
    }
    files.done();
    Ok(Some(Database { kind: Kind::Rpm, packages, files }))
}

/// Size, time and inode of a file that is there.
type State = Option<(u64, i64, u64)>;

/// What tells that a file, or its log, changed.
fn state(host: &Host<'_>, path: &Path) -> Result<[State; 2], Gap> {
    let of = |path: &Path| Ok(host.stat(path)?.map(|s| (s.size, s.modified, s.inode)));
    Ok([of(path)?, of(&beside(path, "-wal"))?])
}

fn beside(path: &Path, end: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

fn content(host: &Host<'_>, path: &Path) -> Result<Option<Vec<u8>>, Gap> {
    let size = host.stat(path)?.map_or(0, |s| s.size);
    let mut out = Vec::with_capacity(usize::try_from(size.min(256 << 20)).unwrap_or(0));
    Ok(host.pieces(path, &mut |piece| out.extend(piece))?.then_some(out))
}

/// What was written to the log and not to the database yet. A journal of the other kind that is left
/// over means that the database is in the middle of a change.
fn log(host: &Host<'_>, path: &Path) -> Result<Option<Vec<u8>>, Gap> {
    let journal = beside(path, "-journal");
    if host.stat(&journal)?.is_some_and(|s| s.size > 0)
        && host.root().head(&journal, 8).is_ok_and(|head| head.iter().any(|b| *b != 0))
    {
        let detail = format!("{}: a change of the database was broken off", journal.display());
        return Err(Gap::new(GapState::Failed, detail));
    }
    Ok(content(host, &beside(path, "-wal"))?.filter(|log| !log.is_empty()))
}

fn package(header: &Header<'_>) -> Option<Package> {
    let text = |tag| header.text(tag).map(|t| String::from_utf8_lossy(t).into_owned());
    let (version, release) = (text(tag::VERSION)?, text(tag::RELEASE)?);
    let epoch = header.numbers(tag::EPOCH).and_then(|n| n.first().copied()).unwrap_or(0);
    let version = match epoch {
        0 => format!("{version}-{release}"),
        epoch => format!("{epoch}:{version}-{release}"),
    };
    let module =
        text(tag::MODULE).map(|label| label.splitn(3, ':').take(2).collect::<Vec<_>>().join(":"));
    Some(Package {
        name: text(tag::NAME).filter(|n| !n.is_empty())?,
        architecture: text(tag::ARCH).unwrap_or_default(),
        version,
        module: module.filter(|m| !m.is_empty()),
        whole: true,
    })
}

/// Adds the files of a package. `None`: its header contradicts itself.
fn add_files(header: &Header<'_>, package: usize, files: &mut Files) -> Option<()> {
    let (directories, names): (Vec<String>, Vec<(usize, String)>) = match paths(header)? {
        Some(paths) => paths,
        None => return Some(()),
    };
    if files.count() + names.len() > MAX_FILES {
        return None;
    }
    let numbers: Option<Vec<u32>> = directories.iter().map(|d| files.directory(d)).collect();
    let numbers = numbers?;
    let column = |tag| {
        let all = header.numbers(tag);
        // A column that is there has a value for every file.
        match all {
            Some(all) if all.len() == names.len() => Some(Some(all)),
            Some(_) => None,
            None if header.has(tag) => None,
            None => Some(None),
        }
    };
    let (modes, flags) = (column(tag::MODES)?, column(tag::FLAGS)?);
    let (states, verify) = (column(tag::STATES)?, column(tag::VERIFY_FLAGS)?);
    let of = |all: &Option<Vec<u32>>, n: usize| all.as_ref().and_then(|a| a.get(n).copied());
    let digests = header.texts(tag::DIGESTS).filter(|d| d.len() == names.len());
    let algorithm = header.numbers(tag::DIGEST_ALGORITHM).and_then(|n| n.first().copied());
    let algorithm = u8::try_from(algorithm.unwrap_or(1)).ok()?;
    let capabilities = header.texts(tag::CAPABILITIES).filter(|d| d.len() == names.len());
    for (n, (directory, name)) in names.iter().enumerate() {
        // Replaced by another package, left out, or of another colour: not this package's file.
        if of(&states, n).is_some_and(|s| s != 0) {
            continue;
        }
        let mode = of(&modes, n);
        let bits = mode.and_then(|m| u16::try_from(m & 0o7777).ok());
        files.add(*numbers.get(*directory)?, name, package, bits)?;
        let flags = of(&flags, n).unwrap_or(0);
        let regular = mode.is_some_and(|m| m & 0o170_000 == 0o100_000);
        let runs = mode.is_some_and(|m| m & 0o111 != 0);
        let meant = of(&verify, n).is_none_or(|v| v & VERIFY_DIGEST != 0);
        let digest = digests.as_ref().and_then(|d| d.get(n)).filter(|d| !d.is_empty());
        // Only contents of programs and libraries are compared.
        if let Some(hex) = digest
            && regular
            && runs
            && meant
            && flags & (CONFIG | GHOST) == 0
        {
            files.set_digest(algorithm, &unhex(hex)?)?;
        }
        let text = capabilities.as_ref().and_then(|c| c.get(n)).filter(|c| !c.is_empty());
        if let Some(text) = text {
            files.set_capabilities(&String::from_utf8_lossy(text));
        }
    }
    Some(())
}

/// Directories, and each file's directory and name. Inner `None`: the package has no files.
#[expect(clippy::type_complexity, reason = "two lists that belong together")]
fn paths(header: &Header<'_>) -> Option<Option<(Vec<String>, Vec<(usize, String)>)>> {
    let own = |bytes: &&[u8]| String::from_utf8_lossy(bytes).into_owned();
    if header.has(tag::BASE_NAMES) {
        let names = header.texts(tag::BASE_NAMES)?;
        let indexes = header.numbers(tag::DIR_INDEXES)?;
        let directories: Vec<String> = header.texts(tag::DIR_NAMES)?.iter().map(own).collect();
        if indexes.len() != names.len() {
            return None;
        }
        let named = names.iter().zip(indexes).map(|(n, i)| (bytes::size(i), own(n))).collect();
        return Some(Some((directories, named)));
    }
    if !header.has(tag::OLD_NAMES) {
        return Some(None);
    }
    // Packages of rpm 3: whole paths.
    let names = header.texts(tag::OLD_NAMES)?;
    Some(Some((vec![String::new()], names.iter().map(|n| (0, own(n))).collect())))
}

fn unhex(hex: &[u8]) -> Option<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let pair = |p: &[u8]| Some(digit(*p.first()?)? << 4 | digit(*p.get(1)?)?);
    hex.chunks(2).map(pair).collect()
}
