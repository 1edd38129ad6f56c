//! Sorts more records than memory holds: what does not fit goes to sorted runs on disk.

use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::SnapshotError;

/// One record: ordered by key, then tag, then body, so that equal input gives equal output however
/// it was interleaved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    pub(crate) key: String,
    pub(crate) tag: u8,
    pub(crate) body: Vec<u8>,
}

impl Record {
    const fn size(&self) -> usize {
        self.key.len() + self.body.len() + 64
    }
}

/// Takes records in any order and gives them back sorted.
#[derive(Debug)]
pub(crate) struct Sorter {
    /// Path of the first run; the others have a number more.
    runs_at: PathBuf,
    runs: Vec<PathBuf>,
    buffer: Vec<Record>,
    held: usize,
}

impl Sorter {
    pub(crate) const fn new(runs_at: PathBuf) -> Self {
        Self { runs_at, runs: Vec::new(), buffer: Vec::new(), held: 0 }
    }

    /// Adds a record and returns by how much the memory grew.
    pub(crate) fn push(&mut self, record: Record) -> usize {
        let size = record.size();
        self.held += size;
        self.buffer.push(record);
        size
    }

    /// Bytes in memory.
    pub(crate) const fn held(&self) -> usize {
        self.held
    }

    /// Writes what is in memory to a run and returns how many bytes that freed.
    pub(crate) fn spill(&mut self) -> Result<usize, SnapshotError> {
        let freed = self.held;
        if self.buffer.is_empty() {
            return Ok(0);
        }
        self.buffer.sort();
        let path = self.runs_at.with_extension(format!("run{}", self.runs.len()));
        let io = |e| SnapshotError::io("write", &path, e);
        let mut out = BufWriter::with_capacity(1 << 18, File::create(&path).map_err(io)?);
        for r in self.buffer.drain(..) {
            let head = [r.key.len(), r.body.len()].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            for n in head {
                out.write_all(&n.to_le_bytes()).map_err(io)?;
            }
            out.write_all(&[r.tag]).map_err(io)?;
            out.write_all(r.key.as_bytes()).map_err(io)?;
            out.write_all(&r.body).map_err(io)?;
        }
        out.flush().map_err(io)?;
        self.buffer = Vec::new();
        self.held = 0;
        self.runs.push(path);
        Ok(freed)
    }

    /// All records in order.
    pub(crate) fn sorted(mut self) -> Result<Sorted, SnapshotError> {
        self.buffer.sort();
        let mut inputs = vec![Input::Memory(self.buffer.into_iter())];
        for path in &self.runs {
            let file = File::open(path).map_err(|e| SnapshotError::io("read", path, e))?;
            inputs.push(Input::Run(BufReader::with_capacity(1 << 16, file), path.clone()));
        }
        let mut heap = BinaryHeap::new();
        for (i, input) in inputs.iter_mut().enumerate() {
            if let Some(r) = input.next()? {
                heap.push(std::cmp::Reverse((r, i)));
            }
        }
        Ok(Sorted { inputs, heap, runs: self.runs })
    }
}

enum Input {
    Memory(std::vec::IntoIter<Record>),
    Run(BufReader<File>, PathBuf),
}

impl Input {
    fn next(&mut self) -> Result<Option<Record>, SnapshotError> {
        match self {
            Self::Memory(records) => Ok(records.next()),
            Self::Run(file, path) => read(file, path),
        }
    }
}

fn read(file: &mut BufReader<File>, path: &Path) -> Result<Option<Record>, SnapshotError> {
    let io = |e| SnapshotError::io("read", path, e);
    let mut first = [0; 4];
    match file.read_exact(&mut first) {
        Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other.map_err(io)?,
    }
    let (mut second, mut tag) = ([0; 4], [0; 1]);
    file.read_exact(&mut second).map_err(io)?;
    file.read_exact(&mut tag).map_err(io)?;
    let mut key = vec![0; u32::from_le_bytes(first) as usize];
    let mut body = vec![0; u32::from_le_bytes(second) as usize];
    file.read_exact(&mut key).map_err(io)?;
    file.read_exact(&mut body).map_err(io)?;
    let key = String::from_utf8(key).map_err(|e| SnapshotError::corrupt(path, None, e))?;
    let [tag] = tag;
    Ok(Some(Record { key, tag, body }))
}

/// Records in order. Its runs are deleted with it.
pub(crate) struct Sorted {
    inputs: Vec<Input>,
    heap: BinaryHeap<std::cmp::Reverse<(Record, usize)>>,
    runs: Vec<PathBuf>,
}

impl Sorted {
    pub(crate) fn next(&mut self) -> Result<Option<Record>, SnapshotError> {
        let Some(std::cmp::Reverse((record, i))) = self.heap.pop() else { return Ok(None) };
        if let Some(input) = self.inputs.get_mut(i)
            && let Some(next) = input.next()?
        {
            self.heap.push(std::cmp::Reverse((next, i)));
        }
        Ok(Some(record))
    }

    /// All records of the next key.
    pub(crate) fn group(&mut self) -> Result<Option<Vec<Record>>, SnapshotError> {
        let Some(first) = self.next()? else { return Ok(None) };
        let mut group = vec![first];
        while let (Some(std::cmp::Reverse((next, _))), Some(first)) =
            (self.heap.peek(), group.first())
            && next.key == first.key
        {
            match self.next()? {
                Some(r) => group.push(r),
                None => break,
            }
        }
        Ok(Some(group))
    }
}

impl Drop for Sorted {
    fn drop(&mut self) {
        self.inputs.clear();
        for run in &self.runs {
            // A run that stays behind lies in the unfinished folder and goes with it.
            let _ = std::fs::remove_file(run);
        }
    }
}
