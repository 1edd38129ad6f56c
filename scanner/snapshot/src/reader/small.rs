//! Small segments, read at once: an estate of many accounts has thousands, and setting up a stream
//! for each costs more than reading it.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use assay_core::manifest::SegmentInfo;
use zstd::zstd_safe::{DCtx, InBuffer, OutBuffer, ResetDirective, get_error_name};

use crate::source::LineReader;
use crate::{MAX_LINE, SnapshotError};

/// Larger files are read as a stream, in bytes.
const SMALL: u64 = 64 << 10;

/// Larger contents are read as a stream, in bytes: 64 KiB can hold gigabytes.
const CONTENT: usize = 4 << 20;

/// Room that is kept ready for contents, in bytes.
const ROOMY: usize = 256 << 10;

/// How much the output grows at a time, in bytes.
const STEP: usize = 64 << 10;

thread_local! {
    /// Setting one up takes longer than using it.
    static CONTEXT: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
    /// The file as it lies on disk.
    static DATA: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Where most contents fit.
    static ROOM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The whole content of a small segment, its digest already compared.
pub(super) struct Small {
    path: PathBuf,
    content: Vec<u8>,
    at: usize,
    lines: u64,
    count: u64,
}

/// Reads a segment at once; `None` if it is too large for that, or does not decompress.
pub(super) fn read(path: &Path, segment: &SegmentInfo) -> Result<Option<Small>, SnapshotError> {
    DATA.with_borrow_mut(|data| read_into(path, segment, data))
}

fn read_into(
    path: &Path,
    segment: &SegmentInfo,
    data: &mut Vec<u8>,
) -> Result<Option<Small>, SnapshotError> {
    data.clear();
    // One byte more than is taken: the end is then seen without growing.
    data.reserve(SMALL as usize + 2);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            return Err(SnapshotError::Missing(path.to_owned()));
        }
        Err(e) => return Err(SnapshotError::io("read", path, e)),
    };
    let read = file.take(SMALL + 1).read_to_end(data);
    let read = read.map_err(|e| SnapshotError::io("read", path, e))?;
    if read as u64 > SMALL {
        return Ok(None);
    }
    let found = assay_core::identity::sha256(data);
    if found != segment.sha256 {
        let expected = segment.sha256.clone();
        return Err(SnapshotError::WrongDigest { path: path.to_owned(), expected, found });
    }
    let Some(content) = CONTEXT.with_borrow_mut(|context| inflate(context, data)) else {
        return Ok(None);
    };
    let (path, count) = (path.to_owned(), segment.count);
    Ok(Some(Small { path, content, at: 0, lines: 0, count }))
}

/// All frames of some data; `None` if they are broken or hold more than [`CONTENT`].
fn inflate(context: &mut DCtx<'static>, data: &[u8]) -> Option<Vec<u8>> {
    let whole = ROOM.with_borrow_mut(|room| {
        room.clear();
        room.reserve(ROOMY);
        // All at once takes half as long as step by step; where it does not fit, it fails.
        context.decompress(room, data).ok().map(|_| room.clone())
    });
    whole.or_else(|| stepwise(context, data))
}

/// The same for what takes more room.
fn stepwise(context: &mut DCtx<'static>, data: &[u8]) -> Option<Vec<u8>> {
    context.reset(ResetDirective::SessionOnly).ok()?;
    let mut input = InBuffer::around(data);
    let mut out: Vec<u8> = Vec::with_capacity(STEP);
    loop {
        let filled = out.len();
        if filled > CONTENT {
            return None;
        }
        out.reserve(STEP);
        let mut buffer = OutBuffer::around_pos(&mut out, filled);
        let left =
            context.decompress_stream(&mut buffer, &mut input).map_err(get_error_name).ok()?;
        let grown = buffer.pos() > filled;
        if input.pos() == data.len() && left == 0 {
            return Some(out);
        }
        // The data ends inside a frame.
        if input.pos() == data.len() && !grown {
            return None;
        }
    }
}

impl LineReader for Small {
    fn next_line(&mut self) -> Result<Option<&[u8]>, SnapshotError> {
        let rest = self.content.get(self.at..).unwrap_or_default();
        let corrupt = |problem: String| SnapshotError::corrupt(&self.path, None, problem);
        if rest.is_empty() {
            if self.lines != self.count {
                return Err(corrupt(format!("{} documents instead of {}", self.lines, self.count)));
            }
            return Ok(None);
        }
        let Some(end) = rest.iter().position(|b| *b == b'\n') else {
            return Err(corrupt("the last line is cut off".to_owned()));
        };
        if end > MAX_LINE {
            return Err(corrupt("the line is too long".to_owned()));
        }
        self.lines += 1;
        self.at += end + 1;
        Ok(rest.get(..end))
    }
}
