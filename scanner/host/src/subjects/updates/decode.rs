//! Lists of packages, packed or not, in pieces of plain text.

use std::io::{Read, Write};
use std::path::Path;

use assay_core::{Gap, GapState};
use flate2::write::MultiGzDecoder;

use super::lz4::Lz4;
use crate::{Host, Miss, gap};

/// Most bytes of one list, unpacked.
const MAX_TEXT: usize = 1 << 30;
/// Most bytes of a list that is packed with xz.
const MAX_XZ: usize = 64 << 20;
/// Most memory that unpacking takes, in KiB for xz and as a power of two for zstd.
const MAX_XZ_MEMORY: u32 = 96 << 10;
const MAX_ZSTD_WINDOW: u32 = 27;

/// Takes text while it counts it.
struct Sink<'a> {
    take: &'a mut dyn FnMut(&[u8]),
    left: usize,
}

impl Write for Sink<'_> {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.left = self.left.checked_sub(text.len()).ok_or(std::io::ErrorKind::FileTooLarge)?;
        (self.take)(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Hands on the text of a file, unpacked by its ending.
///
/// # Errors
/// A file that cannot be read, is damaged, or is packed in a way that is not read.
pub(super) fn text(host: &Host<'_>, path: &Path, take: &mut dyn FnMut(&[u8])) -> Result<(), Gap> {
    let mut sink = Sink { take, left: MAX_TEXT };
    let ending = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    let mut damaged = false;
    let read = match ending {
        "gz" => {
            let mut gz = MultiGzDecoder::new(&mut sink);
            let read =
                host.pieces(path, &mut |piece| damaged = damaged || gz.write_all(piece).is_err());
            damaged = damaged || gz.try_finish().is_err();
            read
        }
        "lz4" => {
            let mut lz4 = Lz4::default();
            let read = host.pieces(path, &mut |piece| {
                damaged =
                    damaged || lz4.feed(piece, &mut |text| sink.write_all(text).is_ok()).is_none();
            });
            damaged = damaged || !lz4.ended();
            read
        }
        "zst" => zst(host, path, &mut sink, &mut damaged),
        "xz" => xz(host, path, &mut sink, &mut damaged),
        "lzma" | "bz2" | "zck" => {
            let detail = format!("{}: lists packed with {ending} are not read", path.display());
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        _ => host.pieces(path, &mut |piece| damaged = damaged || sink.write_all(piece).is_err()),
    };
    match read {
        Ok(true) if damaged => {
            let detail = format!("{}: it is damaged, or larger than is read", path.display());
            Err(Gap::new(GapState::Malformed, detail))
        }
        Ok(true) => Ok(()),
        Ok(false) => Err(gap(path, &Miss::Absent)),
        Err(gap) => Err(gap),
    }
}

fn zst(host: &Host<'_>, path: &Path, sink: &mut Sink<'_>, damaged: &mut bool) -> Result<bool, Gap> {
    let Ok(mut zst) = zstd::stream::write::Decoder::new(sink) else {
        *damaged = true;
        return Ok(true);
    };
    *damaged |= zst.window_log_max(MAX_ZSTD_WINDOW).is_err();
    // The decoder does not say whether the last frame ended: whoever takes the text looks for its end.
    let read = host.pieces(path, &mut |piece| *damaged = *damaged || zst.write_all(piece).is_err());
    *damaged = *damaged || zst.flush().is_err();
    read
}

fn xz(host: &Host<'_>, path: &Path, sink: &mut Sink<'_>, damaged: &mut bool) -> Result<bool, Gap> {
    let mut packed = Vec::new();
    let read = host.pieces(path, &mut |piece| {
        *damaged |= packed.len() + piece.len() > MAX_XZ;
        if !*damaged {
            packed.extend(piece);
        }
    })?;
    let mut from = lzma_rust2::XzReader::new_mem_limit(packed.as_slice(), true, MAX_XZ_MEMORY);
    let mut buffer = vec![0; 128 << 10];
    while read && !*damaged {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => *damaged |= sink.write_all(buffer.get(..n).unwrap_or(&[])).is_err(),
            Err(_) => *damaged = true,
        }
    }
    Ok(read)
}
