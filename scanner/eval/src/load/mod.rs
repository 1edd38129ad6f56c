//! Loading content: every mistake is an error that names file, line and what to do.

mod error;
mod frameworks;
mod metadata;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use assay_core::framework::{Framework, Objective};
use assay_core::{RuleMeta, TypeDef, TypeRegistry};
use assay_policies::Content;

use crate::assess::RuleInfo;
use crate::reads::{Reads, Unit};
pub use error::LoadError;
pub use frameworks::{Retired, Unfed};
pub use metadata::{fits, kind_words};

/// One rule, loaded.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its metadata.
    pub meta: RuleMeta,
    /// sha256 of its file.
    pub sha256: String,
    /// Its source text.
    pub source: String,
    /// What it reads.
    pub reads: Reads,
    /// Whether it can say `not_applicable`.
    pub narrows: bool,
}

impl Rule {
    /// The rule as an assessment takes it.
    #[must_use]
    pub fn info(&self) -> RuleInfo {
        RuleInfo {
            meta: self.meta.clone(),
            sha256: self.sha256.clone(),
            source: self.source.clone(),
            reads: self.reads.all().into_iter().map(ToString::to_string).collect(),
        }
    }
}

/// A library module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// Its file, below the content root.
    pub file: String,
    /// Its text.
    pub text: String,
}

/// All content, loaded and checked.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The rules, in order of their ids.
    pub rules: Vec<Rule>,
    /// The types.
    pub types: TypeRegistry,
    /// The library of the rules.
    pub lib: Vec<Module>,
    /// The objectives, by id.
    pub objectives: BTreeMap<String, Objective>,
    /// The frameworks, in order of their ids.
    pub frameworks: Vec<Framework>,
    /// Rules that cannot be fed yet.
    pub unfed: Vec<Unfed>,
    /// Ids that were retired.
    pub retired: Vec<Retired>,
    /// The content's digest.
    pub digest: String,
}

impl Library {
    /// Loads all content.
    ///
    /// # Errors
    ///
    /// Every mistake that was found.
    pub fn load(content: &Content) -> Result<Self, Vec<LoadError>> {
        let (library, errors) = Self::load_lenient(content);
        if errors.is_empty() { Ok(library) } else { Err(errors) }
    }

    /// Loads what can be loaded and lists every mistake: for tests of rules in the making.
    #[must_use]
    pub fn load_lenient(content: &Content) -> (Self, Vec<LoadError>) {
        let mut errors = Vec::new();
        let types = types(content, &mut errors);
        let frameworks = frameworks::frameworks(content, &mut errors);
        let objectives = frameworks::objectives(content, &frameworks, &mut errors);
        let unfed = frameworks::unfed(content, &mut errors);
        let retired = frameworks::retired(content, &mut errors);
        let mut units = Vec::new();
        let mut lib = Vec::new();
        for file in content.lib() {
            match Unit::parse(&file.path, &file.text) {
                Ok(unit) if unit.package().starts_with("lib.") => {
                    units.push(unit);
                    lib.push(Module { file: file.path.clone(), text: file.text.to_string() });
                }
                Ok(_) => errors.push(LoadError::at(&file.path, 1, "write `package lib.<name>`")),
                Err(e) => errors.push(e),
            }
        }
        let loader =
            rules::Loader { types: &types, objectives: &objectives, lib: &units, modules: &lib };
        let mut rules = Vec::new();
        for file in content.rules() {
            match loader.load(file) {
                Ok(rule) => rules.push(rule),
                Err(mut found) => errors.append(&mut found),
            }
        }
        rules.sort_by(|a, b| a.meta.id.cmp(&b.meta.id));
        duplicates(&rules, &unfed, &mut errors);
        taken(&rules, &unfed, &retired, &mut errors);
        errors.sort();
        errors.dedup();
        let digest = content.digest();
        (Self { rules, types, lib, objectives, frameworks, unfed, retired, digest }, errors)
    }

    /// The types alone, for who only collects.
    ///
    /// # Errors
    ///
    /// Every mistake that was found.
    pub fn types(content: &Content) -> Result<TypeRegistry, Vec<LoadError>> {
        let mut errors = Vec::new();
        let types = types(content, &mut errors);
        if errors.is_empty() { Ok(types) } else { Err(errors) }
    }

    /// A rule by its id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|r| r.meta.id == id)
    }
}

fn duplicates(rules: &[Rule], unfed: &[Unfed], errors: &mut Vec<LoadError>) {
    for pair in rules.windows(2) {
        if let [a, b] = pair
            && a.meta.id == b.meta.id
        {
            let message = format!(
                "id {} is taken by {}; ids are for ever, choose a new one",
                b.meta.id, a.meta.file
            );
            errors.push(LoadError::at(&b.meta.file, 1, message));
        }
    }
    for u in unfed {
        if let Some(rule) = rules.iter().find(|r| r.meta.id == u.id) {
            let message = format!("{} is fed by {}; delete its row", u.id, rule.meta.file);
            errors.push(LoadError::at("unfed.yaml", 1, message));
        }
    }
}

/// Retired ids are never used again.
fn taken(rules: &[Rule], unfed: &[Unfed], retired: &[Retired], errors: &mut Vec<LoadError>) {
    for r in retired {
        if let Some(rule) = rules.iter().find(|rule| rule.meta.id == r.id) {
            let message = format!("{r}; choose an id that was never used; {}", r.next_step());
            errors.push(LoadError::at(&rule.meta.file, id_line(rule), message));
        }
        if unfed.iter().any(|u| u.id == r.id) {
            errors.push(LoadError::at("unfed.yaml", 1, format!("{r}; choose a new id")));
        }
    }
}

/// The line of a rule's id.
fn id_line(rule: &Rule) -> usize {
    rule.source.lines().position(|l| l.contains(&rule.meta.id)).map_or(1, |n| n + 1)
}

fn types(content: &Content, errors: &mut Vec<LoadError>) -> TypeRegistry {
    let mut registry = TypeRegistry::default();
    let mut seen = BTreeSet::new();
    for file in content.types() {
        let value: serde_json::Value = match yaml_serde::from_str(&file.text) {
            Ok(value) => value,
            Err(e) => {
                let line = e.location().map_or(1, |l| l.line());
                errors.push(LoadError::at(&file.path, line, e.to_string()));
                continue;
            }
        };
        match TypeDef::from_value(&value) {
            Ok(def) => {
                let wanted = format!("{}.yaml", def.stem());
                if !file.path.ends_with(&format!("/{wanted}")) {
                    let message = format!("{} belongs in {wanted}", def.name);
                    errors.push(LoadError::at(&file.path, 1, message));
                } else if !seen.insert(def.name.clone()) {
                    let message = format!("{} has two files; delete one", def.name);
                    errors.push(LoadError::at(&file.path, 1, message));
                }
                registry.types.insert(def.name.clone(), def);
            }
            Err(e) => errors.push(LoadError::at(&file.path, 1, e.to_string())),
        }
    }
    registry
}
