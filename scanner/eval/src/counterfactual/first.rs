//! For each rule, one resource that it passes: what an assessment shows.

use std::collections::BTreeMap;

use assay_core::assessment::Assessment;
use assay_core::{Status, Verdict};
use assay_snapshot::Source;
use rayon::prelude::*;

use super::{Seeker, Subject};
use crate::evaluate::EvalError;
use crate::load::Rule;

/// The first resource that each rule passes, in the order of verdicts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed(BTreeMap<String, Subject>);

impl Passed {
    /// Takes the next verdict.
    pub fn see(&mut self, verdict: &Verdict) {
        if verdict.status == Status::Pass && !self.0.contains_key(&verdict.rule) {
            self.0.insert(verdict.rule.clone(), Subject::of(verdict));
        }
    }
}

impl Seeker<'_> {
    /// Puts a counterfactual beside each rule that passes something, where one is found. On all
    /// threads; the outcome does not depend on their number.
    ///
    /// # Errors
    ///
    /// If the snapshot cannot be read.
    pub fn fill(
        &self,
        source: &dyn Source,
        passed: &Passed,
        assessment: &mut Assessment,
    ) -> Result<(), EvalError> {
        let rules: Vec<(&Rule, &Subject)> = self
            .library
            .rules
            .iter()
            .filter_map(|rule| Some((rule, passed.0.get(&rule.meta.id)?)))
            .collect();
        let found: Vec<_> = rules
            .par_iter()
            .map(|(rule, subject)| {
                let sought = self.fails(source, rule, subject)?;
                Ok((rule.meta.id.as_str(), sought.found))
            })
            .collect::<Result<_, EvalError>>()?;
        let mut found: BTreeMap<&str, _> = found.into_iter().collect();
        for result in &mut assessment.rules {
            result.counterfactual = found.remove(result.meta.id.as_str()).flatten();
        }
        Ok(())
    }
}
