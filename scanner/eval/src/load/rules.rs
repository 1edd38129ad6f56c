//! Loading one rule: metadata, references, reads, and whether both engines take it.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::framework::Objective;
use assay_core::{Path, RuleMeta, TypeRegistry};
use assay_policies::File;

use super::{LoadError, Module, Rule, metadata};
use crate::program;
use crate::reads::{Classifier, Read, Reads, Touched, Unit};

/// What a rule is checked against.
pub(crate) struct Loader<'a> {
    pub(crate) types: &'a TypeRegistry,
    pub(crate) objectives: &'a BTreeMap<String, Objective>,
    pub(crate) lib: &'a [Unit],
    pub(crate) modules: &'a [Module],
}

impl Loader<'_> {
    /// Loads a rule, or lists its mistakes.
    pub(crate) fn load(&self, file: &File) -> Result<Rule, Vec<LoadError>> {
        let meta = metadata::parse(&file.path, &file.text).map_err(|e| vec![e])?;
        let unit = Unit::parse(&file.path, &file.text).map_err(|e| vec![e])?;
        let mut errors = unit.dangling(self.lib);
        self.references(&meta, &file.text, &mut errors);
        for name in ["pass", "fail"] {
            if !unit.defines(name) {
                let message = format!("the rule defines no `{name}`; it needs `pass` and `fail`");
                errors.push(LoadError::at(&file.path, 1, message));
            }
        }
        let known = meta.resources.iter().all(|t| self.types.get(t).is_some());
        let mut reads = Reads::default();
        if known {
            for name in ["pass", "fail", "not_applicable"] {
                let found = self.reads(&meta, unit.touched(name, self.lib), &mut errors);
                match name {
                    "not_applicable" => reads.not_applicable.extend(found),
                    _ => reads.judgement.extend(found),
                }
            }
        }
        let rule = Rule {
            narrows: unit.defines("not_applicable"),
            sha256: file.sha256.clone(),
            source: file.text.to_string(),
            meta,
            reads,
        };
        // What is built in was compiled by the tests; a set compiles what runs, all together.
        if errors.is_empty()
            && !file.built_in()
            && let Err(message) = program::try_compile(&rule, self.modules)
        {
            let line = crate::reads::line_of(&message, &file.path);
            errors.push(LoadError::at(&file.path, line, message));
        }
        if errors.is_empty() { Ok(rule) } else { Err(errors) }
    }

    fn reads(
        &self,
        meta: &RuleMeta,
        touched: Touched,
        errors: &mut Vec<LoadError>,
    ) -> BTreeSet<Read> {
        errors.extend(touched.problems);
        let classifier = Classifier { meta, types: self.types };
        let mut reads = BTreeSet::new();
        for (path, (file, line)) in touched.paths {
            match classifier.classify(&path) {
                Ok(found) => reads.extend(found),
                Err(message) => errors.push(LoadError::at(&file, line as usize, message)),
            }
        }
        reads
    }

    fn references(&self, meta: &RuleMeta, text: &str, errors: &mut Vec<LoadError>) {
        let line = |needle: &str| {
            text.lines().position(|l| l.starts_with('#') && l.contains(needle)).map_or(1, |n| n + 1)
        };
        let mut fail = |needle: &str, message: String| {
            errors.push(LoadError::at(&meta.file, line(needle), message));
        };
        if !self.objectives.contains_key(&meta.objective) {
            let message =
                format!("objective {} is not in objectives.yaml; use one that is", meta.objective);
            fail("objective:", message);
        }
        if meta.resources.is_empty() {
            fail("resource:", "`resource` is empty; name the type that the rule judges".to_owned());
        }
        for kind in &meta.resources {
            if self.types.get(kind).is_none() {
                fail(
                    kind,
                    format!(
                        "type {kind} has no file in policies/types; write it or correct the name"
                    ),
                );
            }
        }
        let mut seen = BTreeSet::new();
        for related in &meta.related {
            if !seen.insert(&related.kind) {
                let message =
                    format!("related {} is declared twice; declare it once", related.kind);
                fail(&related.kind, message);
            }
            let Some(def) = self.types.get(&related.kind) else {
                let message =
                    format!("related type {} has no file in policies/types", related.kind);
                fail(&related.kind, message);
                continue;
            };
            for facet in &related.facets {
                let there = match facet.strip_prefix("derived/") {
                    Some(name) => def.derived.contains_key(name),
                    None if facet == "tags" => def.tags,
                    None => def.knows(&Path(vec![assay_core::Segment::Key(facet.clone())])),
                };
                if !there {
                    let message =
                        format!("{} has no facet {facet}; correct `related`", related.kind);
                    fail(facet, message);
                }
            }
        }
    }
}
