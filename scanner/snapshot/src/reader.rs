//! Reads a snapshot folder, one line at a time, and checks its digests on the way.

mod small;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use assay_core::identity::hex;
use assay_core::manifest::{SNAPSHOT_SCHEMA, SegmentInfo};
use assay_core::{Call, Manifest};
use sha2::{Digest, Sha256};

use crate::source::{LineReader, Lines, Source, sort_segments};
use crate::{CALLS, MANIFEST, MAX_LINE, SnapshotError, root_digest, segment_path};

/// Largest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 1 << 30;

/// A snapshot folder.
#[derive(Debug, Clone)]
pub struct Snapshot {
    folder: PathBuf,
    /// Its segments in the order of [`Source::segments`].
    manifest: Manifest,
}

impl Snapshot {
    /// Opens a snapshot: reads its manifest, checks the root digest and that every file is there.
    /// The digests of the files are checked while they are read, or all at once by
    /// [`Self::verify`].
    ///
    /// # Errors
    /// The folder is no snapshot, of another layout, incomplete or changed.
    pub fn open(folder: &Path) -> Result<Self, SnapshotError> {
        let path = folder.join(MANIFEST);
        if folder.extension().is_some_and(|e| e == "partial") {
            return Err(SnapshotError::Unfinished(folder.to_owned()));
        }
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                let mut partial = folder.as_os_str().to_owned();
                partial.push(".partial");
                return Err(if !folder.exists() && Path::new(&partial).exists() {
                    SnapshotError::Unfinished(folder.to_owned())
                } else {
                    SnapshotError::NotASnapshot(folder.to_owned())
                });
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotADirectory => {
                return Err(SnapshotError::NotASnapshot(folder.to_owned()));
            }
            Err(e) => return Err(SnapshotError::io("read", &path, e)),
        };
        let mut manifest = parse(&file, &path)?;
        manifest.listings.shrink_to_fit();
        manifest.segments.shrink_to_fit();
        let expected = std::mem::take(&mut manifest.root_digest);
        let found = root_digest(&manifest).map_err(|e| SnapshotError::corrupt(&path, None, e))?;
        if found != expected {
            return Err(SnapshotError::WrongDigest { path, expected, found });
        }
        manifest.root_digest = found;
        for s in &manifest.segments {
            if s.path != segment_path(&s.provider, &s.account, &s.region, &s.kind) {
                let problem = format!("`{}` is not the path of its segment", s.path);
                return Err(SnapshotError::corrupt(&path, None, problem));
            }
        }
        for file in manifest.segments.iter().map(|s| s.path.as_str()).chain([CALLS]) {
            let file = folder.join(file);
            if !file.is_file() {
                return Err(SnapshotError::Missing(file));
            }
        }
        sort_segments(&mut manifest.segments);
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads everything and compares digests and counts.
    ///
    /// # Errors
    /// The first file that is not as it was written.
    pub fn verify(&self) -> Result<(), SnapshotError> {
        for segment in self.segments() {
            let mut lines = self.lines(segment)?;
            while lines.next()?.is_some() {}
        }
        self.calls(&mut |_| {})
    }

    /// Files in the folder that the manifest does not name, in order: nothing vouches for them.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn strangers(&self) -> Result<Vec<PathBuf>, SnapshotError> {
        let named: BTreeSet<PathBuf> = self
            .segments()
            .iter()
            .map(|s| s.path.as_str())
            .chain([CALLS, MANIFEST])
            .map(|file| self.folder.join(file))
            .collect();
        let (mut folders, mut out) = (vec![self.folder.clone()], Vec::new());
        while let Some(folder) = folders.pop() {
            let failed = |e| SnapshotError::io("read", &folder, e);
            for entry in std::fs::read_dir(&folder).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                // A link is not followed: it is a stranger itself.
                if entry.file_type().map_err(failed)?.is_dir() {
                    folders.push(entry.path());
                } else if !named.contains(&entry.path()) {
                    out.push(entry.path());
                }
            }
        }
        out.sort();
        Ok(out)
    }
}

/// Reads a manifest piece by piece: that of a large estate has hundreds of megabytes.
fn parse(file: &File, path: &Path) -> Result<Manifest, SnapshotError> {
    #[derive(serde::Deserialize)]
    struct Schema {
        schema: String,
    }
    let reader = || BufReader::with_capacity(1 << 16, file.take(MAX_MANIFEST));
    let unknown = |found| SnapshotError::UnknownSchema {
        path: path.to_owned(),
        found,
        known: SNAPSHOT_SCHEMA,
    };
    match serde_json::from_reader::<_, Manifest>(reader()) {
        Ok(manifest) if manifest.schema == SNAPSHOT_SCHEMA => Ok(manifest),
        Ok(manifest) => Err(unknown(manifest.schema)),
        Err(e) if e.is_io() => Err(SnapshotError::io("read", path, e.into())),
        // One of another layout does not have the members of this one.
        Err(e) => {
            let mut again = file;
            again.rewind().map_err(|e| SnapshotError::io("read", path, e))?;
            match serde_json::from_reader::<_, Schema>(reader()) {
                Ok(other) if other.schema != SNAPSHOT_SCHEMA => Err(unknown(other.schema)),
                _ => Err(SnapshotError::corrupt(path, None, e)),
            }
        }
    }
}

impl Source for Snapshot {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn segments(&self) -> &[SegmentInfo] {
        &self.manifest.segments
    }

    fn lines(&self, segment: &SegmentInfo) -> Result<Lines<'_>, SnapshotError> {
        let path = self.folder.join(&segment.path);
        if let Some(small) = small::read(&path, segment)? {
            return Ok(Lines::new(&path, Box::new(small)));
        }
        let file = Digested::open(&path)?;
        let decoder = zstd::Decoder::with_buffer(BufReader::with_capacity(1 << 17, file))
            .map_err(|e| SnapshotError::io("read", &path, e))?;
        let reader = SegmentReader {
            path: path.clone(),
            expected: segment.sha256.clone(),
            count: segment.count,
            lines: 0,
            input: BufReader::with_capacity(1 << 17, decoder),
            line: Vec::new(),
            done: false,
        };
        Ok(Lines::new(&path, Box::new(reader)))
    }

    fn calls(&self, each: &mut dyn FnMut(Call)) -> Result<(), SnapshotError> {
        let path = self.folder.join(CALLS);
        let mut input = BufReader::with_capacity(1 << 17, Digested::open(&path)?);
        let (mut line, mut number) = (Vec::new(), 0);
        while read_line(&mut input, &mut line, &path, number)? {
            number += 1;
            let call = serde_json::from_slice(&line)
                .map_err(|e| SnapshotError::corrupt(&path, Some(number), e))?;
            each(call);
        }
        same(&path, &self.manifest.calls_sha256, input.into_inner())
    }
}

/// A file whose digest is taken while it is read.
struct Digested {
    file: File,
    hash: Sha256,
}

impl Digested {
    fn open(path: &Path) -> Result<Self, SnapshotError> {
        match File::open(path) {
            Ok(file) => Ok(Self { file, hash: Sha256::new() }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                Err(SnapshotError::Missing(path.to_owned()))
            }
            Err(e) => Err(SnapshotError::io("read", path, e)),
        }
    }
}

impl Read for Digested {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.file.read(buf)?;
        self.hash.update(buf.get(..n).unwrap_or_default());
        Ok(n)
    }
}

/// Reads the rest of a file and compares its digest.
fn same(path: &Path, expected: &str, mut file: Digested) -> Result<(), SnapshotError> {
    std::io::copy(&mut file, &mut std::io::sink())
        .map_err(|e| SnapshotError::io("read", path, e))?;
    let found = hex(&file.hash.finalize());
    if found == expected {
        return Ok(());
    }
    Err(SnapshotError::WrongDigest { path: path.to_owned(), expected: expected.to_owned(), found })
}

struct SegmentReader {
    path: PathBuf,
    expected: String,
    count: u64,
    lines: u64,
    input: BufReader<zstd::Decoder<'static, BufReader<Digested>>>,
    line: Vec<u8>,
    done: bool,
}

impl LineReader for SegmentReader {
    fn next_line(&mut self) -> Result<Option<&[u8]>, SnapshotError> {
        if self.done {
            return Ok(None);
        }
        match read_line(&mut self.input, &mut self.line, &self.path, self.lines) {
            Ok(true) => {
                self.lines += 1;
                Ok(Some(&self.line))
            }
            Ok(false) => {
                self.done = true;
                let file = self.input.get_mut().get_mut();
                std::io::copy(file, &mut std::io::sink())
                    .map_err(|e| SnapshotError::io("read", &self.path, e))?;
                let found = hex(&file.get_ref().hash.clone().finalize());
                self.compare(found)?;
                if self.lines != self.count {
                    let problem =
                        format!("it holds {} and not {} documents", self.lines, self.count);
                    return Err(SnapshotError::corrupt(&self.path, None, problem));
                }
                Ok(None)
            }
            Err(e) => {
                self.done = true;
                // A changed file often breaks the decompressor first: its digest says more.
                self.compare(digest(&self.path)?)?;
                Err(e)
            }
        }
    }
}

impl SegmentReader {
    fn compare(&self, found: String) -> Result<(), SnapshotError> {
        if found == self.expected {
            return Ok(());
        }
        let (path, expected) = (self.path.clone(), self.expected.clone());
        Err(SnapshotError::WrongDigest { path, expected, found })
    }
}

fn digest(path: &Path) -> Result<String, SnapshotError> {
    let mut file = Digested::open(path)?;
    std::io::copy(&mut file, &mut std::io::sink())
        .map_err(|e| SnapshotError::io("read", path, e))?;
    Ok(hex(&file.hash.finalize()))
}

/// Reads one line of bounded length into `line`, without its end. False at the end of the file.
fn read_line(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    path: &Path,
    before: u64,
) -> Result<bool, SnapshotError> {
    line.clear();
    let limit = MAX_LINE as u64 + 1;
    let n = input
        .by_ref()
        .take(limit)
        .read_until(b'\n', line)
        .map_err(|e| SnapshotError::corrupt(path, Some(before + 1), e))?;
    if n == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(true);
    }
    let problem =
        if n as u64 == limit { "the line is too long" } else { "the last line is cut off" };
    Err(SnapshotError::corrupt(path, Some(before + 1), problem))
}
