//! Frameworks, objectives and the lists of rules that cannot be fed yet or were retired.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::framework::{Assessability, Framework, Objective};
use assay_policies::{Content, File};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::error::LoadError;

/// A rule of the catalogue that cannot be fed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unfed {
    /// The rule's id.
    pub id: String,
    /// The weakness that it would find.
    pub title: String,
    /// What is missing.
    pub reason: String,
}

/// An id that was retired. It is never used again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retired {
    /// The rule's id.
    pub id: String,
    /// The weakness that it found.
    pub title: String,
    /// Why it was retired.
    pub reason: String,
    /// Ids of the rules that judge it now.
    #[serde(default)]
    pub replaced_by: Vec<String>,
}

impl Retired {
    /// What replaces it, as a next step.
    #[must_use]
    pub fn next_step(&self) -> String {
        match self.replaced_by.as_slice() {
            [] => "nothing replaces it; `assay rules` lists the rules".to_owned(),
            [one] => format!("{one} replaces it: `assay explain {one}`"),
            [first, ..] => {
                format!("{} replace it: `assay explain {first}`", self.replaced_by.join(", "))
            }
        }
    }
}

impl std::fmt::Display for Retired {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}) was retired: {}", self.id, self.title, self.reason)
    }
}

fn read<T: DeserializeOwned>(file: &File, errors: &mut Vec<LoadError>) -> Option<T> {
    match yaml_serde::from_str(&file.text) {
        Ok(value) => Some(value),
        Err(e) => {
            let line = e.location().map_or(1, |l| l.line());
            errors.push(LoadError::at(&file.path, line, e.to_string()));
            None
        }
    }
}

fn line(file: &File, needle: &str) -> usize {
    file.text.lines().position(|l| l.contains(needle)).map_or(1, |n| n + 1)
}

pub(super) fn frameworks(content: &Content, errors: &mut Vec<LoadError>) -> Vec<Framework> {
    let mut all: Vec<Framework> = Vec::new();
    for file in content.frameworks() {
        let Some(framework) = read::<Framework>(file, errors) else { continue };
        let stem = file.path.rsplit('/').next().and_then(|n| n.strip_suffix(".yaml"));
        if stem != Some(framework.id.as_str()) {
            let message =
                format!("framework {} belongs in frameworks/{}.yaml", framework.id, framework.id);
            errors.push(LoadError::at(&file.path, 1, message));
        }
        let mut seen = BTreeSet::new();
        for control in &framework.controls {
            if !seen.insert(&control.id) {
                let message = format!("control {} is listed twice", control.id);
                errors.push(LoadError::at(&file.path, line(file, &control.id), message));
            }
        }
        for (needle, message) in parts(&framework) {
            errors.push(LoadError::at(&file.path, line(file, &needle), message));
        }
        all.push(framework);
    }
    all
}

/// What is wrong with the parts of a framework: where, and the words.
fn parts(f: &Framework) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    if f.parted_by.is_some() == f.parts.is_empty() {
        wrong.push(("parted_by".to_owned(), "`parted_by` and `parts` go together".to_owned()));
    }
    let mut seen = BTreeSet::new();
    for part in f.parts.iter().filter(|p| !seen.insert(&p.id)) {
        wrong.push((part.id.clone(), format!("part {} is listed twice", part.id)));
    }
    for c in &f.controls {
        for part in c.parts.iter().filter(|p| !seen.contains(p)) {
            let message = format!("control {} is of the part {part}, which is not listed", c.id);
            wrong.push((format!("\"{}\"", c.id), message));
        }
        if c.parts.is_empty() && !f.parts.is_empty() {
            let message = format!("control {} names none of the framework's parts", c.id);
            wrong.push((format!("\"{}\"", c.id), message));
        }
    }
    for part in &f.parts {
        if !f.controls.iter().any(|c| c.parts.contains(&part.id)) {
            wrong.push((part.id.clone(), format!("no control is of the part {}", part.id)));
        }
    }
    wrong
}

pub(super) fn objectives(
    content: &Content,
    frameworks: &[Framework],
    errors: &mut Vec<LoadError>,
) -> BTreeMap<String, Objective> {
    let mut all = BTreeMap::new();
    let Some(file) = content.get("objectives.yaml") else { return all };
    let Some(list) = read::<Vec<Objective>>(file, errors) else { return all };
    for objective in list {
        let at = line(file, &format!("id: {}", objective.id));
        let mut fail = |message: String| errors.push(LoadError::at(&file.path, at, message));
        let mut decisive: BTreeMap<&str, usize> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for mapping in &objective.controls {
            let framework = frameworks.iter().find(|f| f.id == mapping.framework);
            let control =
                framework.and_then(|f| f.controls.iter().find(|c| c.id == mapping.control));
            let name = format!("{} {}", mapping.framework, mapping.control);
            if !seen.insert(name.clone()) {
                fail(format!("{} maps {name} twice", objective.id));
            }
            match control {
                None => fail(format!(
                    "{} maps {name}, which is no control of a framework",
                    objective.id
                )),
                Some(c) if mapping.decisive && c.assessability == Assessability::Manual => {
                    fail(format!("{}: {name} is manual, no rule can decide it", objective.id));
                }
                Some(_) => {}
            }
            if mapping.decisive {
                *decisive.entry(&mapping.framework).or_default() += 1;
            }
        }
        for (framework, count) in decisive {
            if framework != "gdpr" && count > 1 {
                fail(format!(
                    "{} decides {count} controls of {framework}; at most one",
                    objective.id
                ));
            }
        }
        let id = objective.id.clone();
        if all.insert(id.clone(), objective).is_some() {
            errors.push(LoadError::at(&file.path, at, format!("objective {id} is listed twice")));
        }
    }
    all
}

pub(super) fn unfed(content: &Content, errors: &mut Vec<LoadError>) -> Vec<Unfed> {
    content.get("unfed.yaml").and_then(|f| read(f, errors)).unwrap_or_default()
}

pub(super) fn retired(content: &Content, errors: &mut Vec<LoadError>) -> Vec<Retired> {
    let mut all = Vec::new();
    for file in content.tombstones() {
        all.extend(read::<Vec<Retired>>(file, errors).unwrap_or_default());
    }
    all
}
