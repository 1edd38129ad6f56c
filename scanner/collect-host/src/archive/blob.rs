//! Bytes that can be read at any place: a part of a file, unpacked where it was compressed.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use super::ArchiveError;

/// Largest content that is unpacked, in bytes, over all layers of an image.
const MAX_UNPACKED: u64 = 64 << 30;
/// How many times larger than packed a large content may be. Programs and texts pack to a third;
/// zeros to a thousandth.
const MAX_RATIO: u64 = 250;
/// Contents below this size may have any ratio.
const SMALL: u64 = 512 << 20;

/// A part of a file.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    file: Arc<File>,
    start: u64,
    /// Bytes.
    pub(crate) len: u64,
}

impl Blob {
    /// A whole file.
    pub(crate) fn of(file: File) -> std::io::Result<Self> {
        let len = file.metadata()?.len();
        Ok(Self { file: Arc::new(file), start: 0, len })
    }

    /// A part of it.
    pub(crate) fn part(&self, at: u64, len: u64) -> Result<Self, ArchiveError> {
        let end = at.checked_add(len).filter(|end| *end <= self.len);
        if end.is_none() {
            return Err(ArchiveError::broken("it ends before its last file does"));
        }
        Ok(Self { file: Arc::clone(&self.file), start: self.start + at, len })
    }

    /// Bytes at a place; fewer where it ends.
    pub(crate) fn read_at(&self, at: u64, bytes: usize) -> std::io::Result<Vec<u8>> {
        let left = usize::try_from(self.len.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut out = vec![0; bytes.min(left)];
        self.file.read_exact_at(&mut out, self.start + at)?;
        Ok(out)
    }

    /// Fills a buffer from a place.
    pub(crate) fn fill(&self, at: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        self.file.read_exact_at(buffer, self.start + at)
    }

    /// The same, unpacked where it is compressed with gzip or zstd. `budget` is what may still be
    /// unpacked.
    pub(crate) fn unpacked(self, budget: &mut u64) -> Result<Self, ArchiveError> {
        let head = self.read_at(0, 8)?;
        let packed = BufReader::with_capacity(256 << 10, Stream::of(self.clone()));
        match head.as_slice() {
            [0x1f, 0x8b, ..] => {
                unpack(flate2::bufread::MultiGzDecoder::new(packed), self.len, budget)
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                unpack(zstd::stream::read::Decoder::with_buffer(packed)?, self.len, budget)
            }
            [0xfd, b'7', b'z', b'X', b'Z', ..] => {
                Err(ArchiveError::broken("it is compressed with xz; unpack it with `xz -d` first"))
            }
            [b'B', b'Z', b'h', ..] => Err(ArchiveError::broken(
                "it is compressed with bzip2; unpack it with `bunzip2` first",
            )),
            _ => Ok(self),
        }
    }
}

/// What one image may unpack to.
pub(crate) const fn budget() -> u64 {
    MAX_UNPACKED
}

fn unpack(mut from: impl Read, packed: u64, budget: &mut u64) -> Result<Blob, ArchiveError> {
    let mut to = nameless()?;
    let most = (*budget).min(packed.saturating_mul(MAX_RATIO).max(SMALL));
    let mut total = 0_u64;
    let mut buffer = vec![0; 256 << 10];
    loop {
        let n = from
            .read(&mut buffer)
            .map_err(|e| ArchiveError::broken(format!("it cannot be unpacked: {e}")))?;
        let Some(piece) = buffer.get(..n).filter(|p| !p.is_empty()) else { break };
        total += piece.len() as u64;
        if total > most {
            return Err(ArchiveError::Bomb(format!(
                "{packed} packed bytes unpack to more than {most}"
            )));
        }
        to.write_all(piece)?;
    }
    *budget -= total;
    to.seek(SeekFrom::Start(0))?;
    Ok(Blob::of(to)?)
}

/// A temporary file without a name: it vanishes with its last use.
pub(crate) fn nameless() -> std::io::Result<File> {
    let dir = std::env::temp_dir();
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    if let Ok(fd) = rustix::fs::openat(rustix::fs::CWD, &dir, flags, Mode::RUSR | Mode::WUSR) {
        return Ok(File::from(fd));
    }
    // Some file systems know no such files: one that loses its name at once.
    for n in 0..100_u32 {
        let path = dir.join(format!(".assay-{}-{n}", std::process::id()));
        match File::options().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(std::io::Error::other("no temporary file can be made"))
}

/// A blob from beginning to end.
#[derive(Debug)]
pub(crate) struct Stream {
    blob: Blob,
    at: u64,
}

impl Stream {
    /// A blob from its first byte.
    pub(crate) const fn of(blob: Blob) -> Self {
        Self { blob, at: 0 }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.blob.len - self.at).unwrap_or(usize::MAX);
        let n = buffer.len().min(left);
        if let Some(to) = buffer.get_mut(..n) {
            self.blob.fill(self.at, to)?;
        }
        self.at += n as u64;
        Ok(n)
    }
}
