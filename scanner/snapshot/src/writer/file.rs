//! The files of a snapshot and their way to the target.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use assay_core::identity::hex;
use sha2::{Digest, Sha256};

use crate::{FRAME_LINES, MANIFEST, SnapshotError};

/// A file whose digest is taken while it is written.
struct Hashed {
    out: BufWriter<File>,
    hash: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.hash.update(bytes.get(..n).unwrap_or(bytes));
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}

fn create(path: &Path) -> Result<Hashed, SnapshotError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| SnapshotError::io("create", folder, e))?;
    }
    let file = File::create(path).map_err(|e| SnapshotError::io("create", path, e))?;
    Ok(Hashed { out: BufWriter::with_capacity(1 << 18, file), hash: Sha256::new() })
}

fn close(mut file: Hashed, path: &Path) -> Result<String, SnapshotError> {
    file.flush().map_err(|e| SnapshotError::io("write", path, e))?;
    file.out.get_ref().sync_data().map_err(|e| SnapshotError::io("write", path, e))?;
    Ok(hex(&file.hash.finalize()))
}

/// One segment: NDJSON in zstd frames of [`FRAME_LINES`] lines.
pub(crate) struct SegmentFile {
    encoder: Option<zstd::Encoder<'static, Hashed>>,
    idle: Option<Hashed>,
    path: std::path::PathBuf,
    count: u64,
    in_frame: usize,
}

impl SegmentFile {
    /// Starts a segment at a path.
    pub(crate) fn create(path: &Path) -> Result<Self, SnapshotError> {
        let idle = Some(create(path)?);
        Ok(Self { encoder: None, idle, path: path.to_owned(), count: 0, in_frame: 0 })
    }

    /// Adds one line.
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<(), SnapshotError> {
        let io = |e| SnapshotError::io("write", &self.path, e);
        if let Some(file) = self.idle.take() {
            self.encoder = Some(zstd::Encoder::new(file, 3).map_err(io)?);
        }
        if let Some(encoder) = &mut self.encoder {
            encoder.write_all(line).and_then(|()| encoder.write_all(b"\n")).map_err(io)?;
        }
        self.count += 1;
        self.in_frame += 1;
        if self.in_frame == FRAME_LINES {
            self.end_frame()?;
        }
        Ok(())
    }

    fn end_frame(&mut self) -> Result<(), SnapshotError> {
        if let Some(encoder) = self.encoder.take() {
            let file = encoder.finish().map_err(|e| SnapshotError::io("write", &self.path, e))?;
            self.idle = Some(file);
        }
        self.in_frame = 0;
        Ok(())
    }

    /// Ends the segment: count and sha256.
    pub(crate) fn finish(mut self) -> Result<(u64, String), SnapshotError> {
        self.end_frame()?;
        match self.idle.take() {
            Some(file) => Ok((self.count, close(file, &self.path)?)),
            None => Err(SnapshotError::corrupt(&self.path, None, "the file was closed twice")),
        }
    }
}

/// Writes plain lines and returns their sha256.
pub(crate) fn write_lines(
    path: &Path,
    mut next: impl FnMut() -> Result<Option<Vec<u8>>, SnapshotError>,
) -> Result<String, SnapshotError> {
    let mut out = create(path)?;
    while let Some(line) = next()? {
        out.write_all(&line)
            .and_then(|()| out.write_all(b"\n"))
            .map_err(|e| SnapshotError::io("write", path, e))?;
    }
    close(out, path)
}

/// Writes a value as readable JSON, piece by piece: the manifest of a large estate has hundreds of
/// megabytes.
pub(crate) fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), SnapshotError> {
    let failed = |e| SnapshotError::io("write", path, e);
    let mut out = BufWriter::with_capacity(1 << 16, create(path)?);
    serde_json::to_writer_pretty(&mut out, value).map_err(|e| failed(e.into()))?;
    out.write_all(b"\n").map_err(failed)?;
    let out = out.into_inner().map_err(|e| failed(e.into_error()))?;
    close(out, path).map(|_| ())
}

/// Only a snapshot of ours that nobody signed may be replaced.
pub(crate) fn may_replace(target: &Path) -> Result<(), SnapshotError> {
    let occupied = |what| Err(SnapshotError::Occupied { path: target.to_owned(), what });
    if !target.exists() {
        return Ok(());
    }
    if !target.is_dir() {
        return occupied("a file");
    }
    let entries = std::fs::read_dir(target).map_err(|e| SnapshotError::io("read", target, e))?;
    let names: Vec<String> =
        entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    if names.is_empty() {
        return Ok(());
    }
    if names.iter().any(|n| crate::is_signature(n)) {
        return occupied("signed");
    }
    let ours = ["segments", MANIFEST, crate::CALLS];
    if names.iter().any(|n| n == MANIFEST) && names.iter().all(|n| ours.contains(&n.as_str())) {
        return Ok(());
    }
    occupied("not a snapshot")
}

/// Removes what an interrupted run left, if it is what such a run leaves.
pub(crate) fn clear_partial(partial: &Path) -> Result<(), SnapshotError> {
    if !partial.exists() {
        return Ok(());
    }
    let io = |e| SnapshotError::io("remove", partial, e);
    let ours = ["runs", "segments", MANIFEST, crate::CALLS];
    for entry in std::fs::read_dir(partial).map_err(io)? {
        let name = entry.map_err(io)?.file_name();
        if !ours.iter().any(|o| name == *o) {
            let what = "not the rest of an interrupted collection";
            return Err(SnapshotError::Occupied { path: partial.to_owned(), what });
        }
    }
    std::fs::remove_dir_all(partial).map_err(io)
}

/// Renames the finished folder; what lay at the target goes only once the new one is in its place.
pub(crate) fn move_into_place(partial: &Path, target: &Path) -> Result<(), SnapshotError> {
    may_replace(target)?;
    let io = |e| SnapshotError::io("replace", target, e);
    let mut old = partial.as_os_str().to_owned();
    old.push(".old");
    let old = std::path::PathBuf::from(old);
    let replaced = target.exists();
    if replaced {
        if old.exists() {
            std::fs::remove_dir_all(&old).map_err(io)?;
        }
        std::fs::rename(target, &old).map_err(io)?;
    }
    std::fs::rename(partial, target).map_err(io)?;
    if replaced {
        std::fs::remove_dir_all(&old).map_err(io)?;
    }
    Ok(())
}
