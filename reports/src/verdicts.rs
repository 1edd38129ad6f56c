//! `verdicts.ndjson.zst`: every rule × resource, one JSON object a line, compressed.

use std::io::{BufRead, BufReader, Read, Write};

use assay_core::Verdict;

use crate::error::RenderError;

/// Compression level: the best trade on a snapshot's documents, and verdicts are alike.
const LEVEL: i32 = 3;

/// Writes verdicts, one by one.
pub struct VerdictWriter<W: Write> {
    out: zstd::Encoder<'static, W>,
}

impl<W: Write> VerdictWriter<W> {
    /// Starts a file.
    ///
    /// # Errors
    /// When the compressor cannot start.
    pub fn new(out: W) -> Result<Self, RenderError> {
        Ok(Self { out: zstd::Encoder::new(out, LEVEL)? })
    }

    /// Writes one verdict.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn write(&mut self, verdict: &Verdict) -> Result<(), RenderError> {
        serde_json::to_writer(&mut self.out, verdict)?;
        self.out.write_all(b"\n")?;
        Ok(())
    }

    /// Ends the file. A file that was not ended is not whole, and reading it says so.
    ///
    /// # Errors
    /// When the output cannot be written.
    pub fn finish(self) -> Result<W, RenderError> {
        Ok(self.out.finish()?)
    }
}

/// Reads verdicts, one by one. After an error it ends.
pub struct VerdictReader<R: Read> {
    what: String,
    lines: BufReader<zstd::Decoder<'static, BufReader<R>>>,
    line: u64,
    buffer: Vec<u8>,
    done: bool,
}

impl<R: Read> VerdictReader<R> {
    /// Starts reading; `what` names the file in errors.
    ///
    /// # Errors
    /// When the decompressor cannot start.
    pub fn new(what: impl Into<String>, input: R) -> Result<Self, RenderError> {
        Ok(Self {
            what: what.into(),
            lines: BufReader::with_capacity(1 << 16, zstd::Decoder::new(input)?),
            line: 0,
            buffer: Vec::new(),
            done: false,
        })
    }

    fn read(&mut self) -> Result<Option<Verdict>, RenderError> {
        self.buffer.clear();
        let n = self
            .lines
            .read_until(b'\n', &mut self.buffer)
            .map_err(|source| RenderError::Read { what: self.what.clone(), source })?;
        if n == 0 {
            return Ok(None);
        }
        self.line += 1;
        serde_json::from_slice(&self.buffer).map(Some).map_err(|source| RenderError::Line {
            what: self.what.clone(),
            line: self.line,
            source,
        })
    }
}

impl<R: Read> Iterator for VerdictReader<R> {
    type Item = Result<Verdict, RenderError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let item = self.read().transpose();
        self.done = !matches!(item, Some(Ok(_)));
        item
    }
}
