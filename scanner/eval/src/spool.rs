//! Verdicts of a block of accounts, kept in a temporary file until all blocks are judged.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};

use assay_core::Verdict;
use serde::{Deserialize, Serialize};

use crate::evaluate::{Each, EvalError};

/// A verdict with the tags of its resource.
#[derive(Serialize)]
struct Out<'v> {
    verdict: &'v Verdict,
    tags: Option<&'v BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct In {
    verdict: Verdict,
    tags: Option<BTreeMap<String, String>>,
}

/// A file being written. It has no name: nothing is left of it, however the program ends.
pub(crate) struct Spool {
    writer: BufWriter<zstd::Encoder<'static, File>>,
}

impl Spool {
    pub(crate) fn create() -> Result<Self, EvalError> {
        let file = tempfile::tempfile().map_err(error)?;
        let encoder = zstd::Encoder::new(file, 1).map_err(error)?;
        Ok(Self { writer: BufWriter::with_capacity(1 << 16, encoder) })
    }

    pub(crate) fn put(
        &mut self,
        verdict: &Verdict,
        tags: Option<&BTreeMap<String, String>>,
    ) -> Result<(), EvalError> {
        let out = Out { verdict, tags };
        serde_json::to_writer(&mut self.writer, &out).map_err(|e| error(e.into()))?;
        self.writer.write_all(b"\n").map_err(error)
    }

    pub(crate) fn finish(self) -> Result<Spooled, EvalError> {
        let encoder = self.writer.into_inner().map_err(|e| error(e.into_error()))?;
        let mut file = encoder.finish().map_err(error)?;
        file.rewind().map_err(error)?;
        let decoder = zstd::Decoder::new(file).map_err(error)?;
        let mut spooled = Spooled {
            lines: BufReader::with_capacity(1 << 16, decoder),
            line: Vec::new(),
            head: None,
        };
        spooled.advance()?;
        Ok(spooled)
    }
}

/// A written file being read, its first verdict in sight.
pub(crate) struct Spooled {
    lines: BufReader<zstd::Decoder<'static, BufReader<File>>>,
    line: Vec<u8>,
    head: Option<In>,
}

impl Spooled {
    fn advance(&mut self) -> Result<Option<In>, EvalError> {
        self.line.clear();
        let n = self.lines.read_until(b'\n', &mut self.line).map_err(error)?;
        let next = if n == 0 {
            None
        } else {
            Some(serde_json::from_slice(&self.line).map_err(|e| error(e.into()))?)
        };
        Ok(std::mem::replace(&mut self.head, next))
    }
}

/// Hands out the verdicts of all blocks in order of type, then block. Each block is in order, and
/// the accounts of a block come before those of the next.
pub(crate) fn merge(mut spools: Vec<Spooled>, each: &mut Each<'_>) -> Result<(), EvalError> {
    loop {
        let heads = spools.iter().filter_map(|s| s.head.as_ref().map(|h| &h.verdict.kind));
        let Some(kind) = heads.min().cloned() else { return Ok(()) };
        for spool in &mut spools {
            while spool.head.as_ref().is_some_and(|h| h.verdict.kind == kind)
                && let Some(next) = spool.advance()?
            {
                each(next.verdict, next.tags.as_ref());
            }
        }
    }
}

fn error(source: std::io::Error) -> EvalError {
    EvalError::Spool { folder: std::env::temp_dir().display().to_string(), source }
}
