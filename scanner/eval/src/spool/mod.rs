//! Verdicts of blocks of accounts, kept in a temporary file until all blocks are judged.
//!
//! The file holds runs: packed verdicts of one type and some accounts, compressed. Runs of a type
//! lie in it in the order of their accounts, those of different types mixed. What is in memory is
//! one run, and where each one lies.

mod pack;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use assay_core::manifest::SegmentInfo;
use zstd::bulk::{Compressor, Decompressor};

use crate::document::Judgement;
use crate::evaluate::{Each, EvalError};
use crate::set::RuleSet;

pub(crate) use pack::Pack;

/// A run that grew to this size is written, in bytes.
const RUN: usize = 256 << 10;

/// Where a run lies in the file.
struct Run {
    at: u64,
    packed: usize,
    plain: usize,
}

/// A file being written. It has no name: nothing is left of it, however the program ends.
pub(crate) struct Spool {
    file: File,
    at: u64,
    /// By type, in the order of accounts.
    runs: BTreeMap<String, Vec<Run>>,
    compressor: Compressor<'static>,
    /// Verdicts of one type that are still to be written.
    open: (String, Pack),
}

impl Spool {
    pub(crate) fn create() -> Result<Self, EvalError> {
        Ok(Self {
            file: tempfile::tempfile().map_err(error)?,
            at: 0,
            runs: BTreeMap::new(),
            compressor: Compressor::new(1).map_err(error)?,
            open: (String::new(), Pack::default()),
        })
    }

    /// Keeps what was said of one document.
    pub(crate) fn put(
        &mut self,
        set: &RuleSet,
        info: &SegmentInfo,
        judged: &Judgement,
    ) -> Result<(), EvalError> {
        if self.open.0 != info.kind {
            self.flush()?;
            self.open.0 = info.kind.to_string();
        }
        self.open.1.put(set, info, judged);
        if self.open.1.len() >= RUN {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes what is open.
    pub(crate) fn flush(&mut self) -> Result<(), EvalError> {
        let pack = std::mem::take(&mut self.open.1);
        if pack.len() == 0 {
            return Ok(());
        }
        let kind = std::mem::take(&mut self.open.0);
        self.run(&kind, pack.bytes())
    }

    /// Writes a run of a type.
    pub(crate) fn run(&mut self, kind: &str, plain: &[u8]) -> Result<(), EvalError> {
        let packed = self.compressor.compress(plain).map_err(error)?;
        self.file.write_all(&packed).map_err(error)?;
        let run = Run { at: self.at, packed: packed.len(), plain: plain.len() };
        self.at += packed.len() as u64;
        match self.runs.get_mut(kind) {
            Some(runs) => runs.push(run),
            None => {
                self.runs.insert(kind.to_owned(), vec![run]);
            }
        }
        Ok(())
    }

    /// Hands out the verdicts of all blocks in order of type, then account.
    pub(crate) fn merge(mut self, set: &RuleSet, each: &mut Each<'_>) -> Result<(), EvalError> {
        self.flush()?;
        let mut decompressor = Decompressor::new().map_err(error)?;
        let mut packed = Vec::new();
        for run in self.runs.values().flatten() {
            packed.resize(run.packed, 0);
            self.file.seek(SeekFrom::Start(run.at)).map_err(error)?;
            self.file.read_exact(&mut packed).map_err(error)?;
            let plain = decompressor.decompress(&packed, run.plain).map_err(error)?;
            pack::unpack(set, &plain, each)
                .ok_or_else(|| error(std::io::ErrorKind::InvalidData.into()))?;
        }
        Ok(())
    }
}

fn error(source: std::io::Error) -> EvalError {
    EvalError::Spool { folder: std::env::temp_dir().display().to_string(), source }
}
