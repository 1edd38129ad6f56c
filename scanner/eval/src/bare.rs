//! The least that judging could cost: the same programs over the same documents, nothing else.
//!
//! For benchmarks only: [`evaluate`](fn@crate::evaluate) is measured against it.

use std::sync::Arc;

use assay_core::manifest::SegmentInfo;
use assay_snapshot::Source;
use rayon::prelude::*;
use regorus::Value;

use crate::evaluate::{CHUNK, EvalError, segments};
use crate::gate::Keys;
use crate::run::Runner;
use crate::set::RuleSet;

/// Documents with everything that a rule sees but related documents and parameters, as text.
pub struct Bare<'a> {
    set: &'a RuleSet,
    source: &'a dyn Source,
    prepared: Vec<Vec<String>>,
}

impl std::fmt::Debug for Bare<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bare").field("segments", &self.prepared.len()).finish_non_exhaustive()
    }
}

impl<'a> Bare<'a> {
    /// Prepares all documents in memory, their derived facets computed.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be read.
    pub fn prepare(set: &'a RuleSet, source: &'a dyn Source) -> Result<Self, EvalError> {
        let mut prepared = Vec::new();
        segments(set, source, &mut |segment, info: &SegmentInfo| {
            let mut lines = source.lines(info)?;
            let mut texts = Vec::new();
            while let Some(line) = lines.next()? {
                texts.push(segment.visible(line.bytes())?);
            }
            prepared.push(texts);
            Ok(())
        })?;
        Ok(Self { set, source, prepared })
    }

    /// Computes every derived facet and nothing else: work that belongs to deriving, not judging.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be read.
    pub fn derive(&self) -> Result<(), EvalError> {
        segments(self.set, self.source, &mut |segment, info| {
            let mut lines = self.source.lines(info)?;
            loop {
                let mut chunk: Vec<Vec<u8>> = Vec::new();
                while chunk.len() < CHUNK
                    && let Some(line) = lines.next()?
                {
                    chunk.push(line.bytes().to_vec());
                }
                if chunk.is_empty() {
                    return Ok(());
                }
                chunk.par_iter().try_for_each(|line| segment.derive(line))?;
            }
        })
    }

    /// Parses each document, sets the input and executes each program: how many executions.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be read.
    pub fn run(&self) -> Result<u64, EvalError> {
        let keys = Keys::new();
        let mut executions = 0;
        let mut texts = self.prepared.iter();
        segments(self.set, self.source, &mut |segment, _| {
            let plan = segment.plan;
            for chunk in texts.next().map(Vec::as_slice).unwrap_or_default().chunks(CHUNK) {
                executions += chunk
                    .par_iter()
                    .map_init(
                        || Runner::machines(plan),
                        |runner, text| {
                            let Ok(Value::Object(object)) = Value::from_json_str(text) else {
                                return 0;
                            };
                            for (place, group) in plan.groups.iter().enumerate() {
                                let mut input = object.as_ref().clone();
                                input.insert(keys.related.clone(), segment.related(place));
                                input.insert(keys.params.clone(), group.params.clone());
                                let input = Value::Object(Arc::new(input));
                                std::hint::black_box(runner.run(place, group, input));
                            }
                            plan.groups.len() as u64
                        },
                    )
                    .sum::<u64>();
            }
            Ok(())
        })?;
        Ok(executions)
    }
}
