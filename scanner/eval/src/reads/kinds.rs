//! Reads by what they rest on: facets, tags, derived facets, related documents, parameters.

use std::collections::BTreeSet;

use assay_core::{Path, RuleMeta, Segment, TypeRegistry};

use super::walk::InputPath;

/// One thing that a rule reads and that may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// A path below `properties`; empty means all of them.
    Property(Path),
    /// The tags.
    Tags,
    /// A derived facet, by its name.
    Derived(String),
    /// Related documents, by their type.
    Related(String),
    /// A parameter, by its name.
    Param(String),
}

impl std::fmt::Display for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Property(path) if path.0.is_empty() => f.write_str("/*"),
            Self::Property(path) => write!(f, "{path}"),
            Self::Tags => f.write_str("tags"),
            Self::Derived(name) => write!(f, "derived/{name}"),
            Self::Related(kind) => write!(f, "related/{kind}"),
            Self::Param(name) => write!(f, "params/{name}"),
        }
    }
}

/// What a rule reads, by output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reads {
    /// What `not_applicable` reads: it gates first.
    pub not_applicable: BTreeSet<Read>,
    /// What `pass` and `fail` read.
    pub judgement: BTreeSet<Read>,
}

impl Reads {
    /// Everything.
    #[must_use]
    pub fn all(&self) -> BTreeSet<&Read> {
        self.not_applicable.iter().chain(&self.judgement).collect()
    }
}

/// Members of `input` that are always known.
const FIXED: [&str; 7] = ["id", "type", "provider", "account", "region", "name", "now"];

/// Sorts paths into reads, and says which paths cannot exist.
pub(crate) struct Classifier<'a> {
    pub(crate) meta: &'a RuleMeta,
    pub(crate) types: &'a TypeRegistry,
}

impl Classifier<'_> {
    /// The reads of one path, or why it cannot be read.
    pub(crate) fn classify(&self, path: &InputPath) -> Result<Vec<Read>, String> {
        let Some((first, rest)) = path.split_first() else { return Ok(self.everything()) };
        let Segment::Key(first) = first else { return Ok(self.everything()) };
        match first.as_str() {
            "properties" => self.property(rest),
            "tags" => {
                if self.defs().any(|d| d.tags) {
                    Ok(vec![Read::Tags])
                } else {
                    Err(format!("{} has no tags", self.meta.resources.join(", ")))
                }
            }
            "derived" => self.derived(rest),
            "related" => self.related(rest),
            "params" => self.param(rest),
            other if FIXED.contains(&other) => Ok(Vec::new()),
            other => Err(format!(
                "input.{other} does not exist; input has {}, tags, properties, derived, related, params",
                FIXED.join(", ")
            )),
        }
    }

    fn defs(&self) -> impl Iterator<Item = &assay_core::TypeDef> {
        self.meta.resources.iter().filter_map(|t| self.types.get(t))
    }

    fn property(&self, rest: &[Segment]) -> Result<Vec<Read>, String> {
        let path = Path(rest.to_vec());
        if matches!(rest.first(), None | Some(Segment::Any)) {
            return Ok(vec![Read::Property(Path::default())]);
        }
        if self.defs().any(|d| d.knows(&path)) {
            return Ok(vec![Read::Property(path)]);
        }
        Err(format!(
            "{} has no {path} in its type file; correct the path or add the facet to policies/types",
            self.meta.resources.join(", ")
        ))
    }

    fn derived(&self, rest: &[Segment]) -> Result<Vec<Read>, String> {
        let path = Path(rest.to_vec());
        match rest.first() {
            None | Some(Segment::Any) => Ok(self.all_derived()),
            Some(Segment::Key(name)) => {
                if self.defs().any(|d| d.knows_derived(&path)) {
                    Ok(vec![Read::Derived(name.clone())])
                } else {
                    Err(format!(
                        "{} has no derived{path} in its type file; correct the path or add it under `derived`",
                        self.meta.resources.join(", ")
                    ))
                }
            }
        }
    }

    fn related(&self, rest: &[Segment]) -> Result<Vec<Read>, String> {
        let all = || self.meta.related.iter().map(|r| Read::Related(r.kind.clone())).collect();
        let Some(Segment::Key(kind)) = rest.first() else { return Ok(all()) };
        let declared: Vec<_> = self.meta.related.iter().filter(|r| r.kind == *kind).collect();
        if declared.is_empty() {
            return Err(format!(
                "reads related {kind} without declaring it; add it under `related`"
            ));
        }
        let member = (rest.get(2), rest.get(3));
        let facet = match member {
            (Some(Segment::Key(m)), Some(Segment::Key(f))) if m == "properties" => Some(f.clone()),
            (Some(Segment::Key(m)), Some(Segment::Key(f))) if m == "derived" => {
                Some(format!("derived/{f}"))
            }
            (Some(Segment::Key(m)), _) if m == "tags" => Some("tags".to_owned()),
            _ => None,
        };
        if let Some(facet) = facet {
            if !declared.iter().any(|r| r.facets.contains(&facet)) {
                return Err(format!(
                    "reads {facet} of related {kind} without declaring it; add it to its `facets`"
                ));
            }
            let path = Path(rest.iter().skip(3).cloned().collect());
            let known = self.types.get(kind).is_none_or(|d| match member.0 {
                Some(Segment::Key(m)) if m == "properties" => d.knows(&path),
                Some(Segment::Key(m)) if m == "derived" => d.knows_derived(&path),
                _ => true,
            });
            if !known {
                return Err(format!("{kind} has no {path} in its type file; correct the path"));
            }
        }
        Ok(vec![Read::Related(kind.clone())])
    }

    fn param(&self, rest: &[Segment]) -> Result<Vec<Read>, String> {
        match rest.first() {
            Some(Segment::Key(name)) if self.meta.params.contains_key(name) => {
                Ok(vec![Read::Param(name.clone())])
            }
            Some(Segment::Key(name)) => {
                Err(format!("reads param {name} without declaring it; add it under `params`"))
            }
            _ => Ok(self.meta.params.keys().cloned().map(Read::Param).collect()),
        }
    }

    fn all_derived(&self) -> Vec<Read> {
        let names: BTreeSet<_> = self.defs().flat_map(|d| d.derived.keys().cloned()).collect();
        names.into_iter().map(Read::Derived).collect()
    }

    fn everything(&self) -> Vec<Read> {
        let mut all = vec![Read::Property(Path::default())];
        if self.defs().any(|d| d.tags) {
            all.push(Read::Tags);
        }
        all.extend(self.all_derived());
        all.extend(self.meta.related.iter().map(|r| Read::Related(r.kind.clone())));
        all.extend(self.meta.params.keys().cloned().map(Read::Param));
        all
    }
}
