//! Lists of packages, packed or not, in pieces of plain text.

use std::io::Write;
use std::path::Path;

use assay_core::{Gap, GapState};
use flate2::write::MultiGzDecoder;

use super::lz4::Lz4;
use crate::{Host, Miss, gap};

/// Most bytes of one list, unpacked.
const MAX_TEXT: usize = 512 << 20;

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
        "xz" | "lzma" | "bz2" | "zst" => {
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
