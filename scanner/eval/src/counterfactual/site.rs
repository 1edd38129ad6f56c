//! Places in a document at which a value can be changed: along the paths that a rule reads, and
//! below them.

use assay_core::typedef::{Kind, Shape};
use assay_core::{Path, Segment, TypeDef};
use serde_json::Value;

use super::edit::{Key, part};

/// The most places of one document.
const MOST: usize = 600;
/// How deep below what is read.
const DEEP: usize = 10;

/// A place.
#[derive(Debug, Clone)]
pub(super) struct Site<'d> {
    pub(super) of: Key,
    pub(super) path: Vec<String>,
    pub(super) from: Option<&'d Value>,
    /// What may stand there; `None` where anything may.
    pub(super) shape: Option<&'d Shape>,
    /// Whether the value may be missing.
    pub(super) optional: bool,
}

/// Finds the places of one document.
pub(super) struct Finder<'d> {
    key: Key,
    doc: &'d Value,
    def: &'d TypeDef,
    pub(super) found: Vec<Site<'d>>,
}

impl<'d> Finder<'d> {
    pub(super) const fn new(key: Key, doc: &'d Value, def: &'d TypeDef) -> Self {
        Self { key, doc, def, found: Vec::new() }
    }

    /// A path below `properties`; the empty one is all of them.
    pub(super) fn property(&mut self, path: &Path) {
        let known: Vec<String> = match path.facet() {
            Some(facet) => vec![facet.to_owned()],
            None => super::edit::members(self.doc.get("properties")).map(|m| m.0.clone()).collect(),
        };
        let rest = path.0.get(1..).unwrap_or_default();
        for facet in known {
            let Some(def) = self.def.facets.get(&facet) else { continue };
            self.start(["properties", &facet], Some(&def.shape), rest);
        }
    }

    /// A facet that the collector derived.
    pub(super) fn derived(&mut self, name: &str) {
        let shape = self.def.derived.get(name);
        if shape.is_some() {
            self.start(["derived", name], shape, &[]);
        }
    }

    /// The tags.
    pub(super) fn tags(&mut self) {
        let names: Vec<String> =
            super::edit::members(self.doc.get("tags")).map(|m| m.0.clone()).collect();
        for name in names {
            let path = vec!["tags".to_owned(), name];
            let from = part(self.doc, &path);
            self.put(Site { of: self.key.clone(), path, from, shape: None, optional: true });
        }
    }

    /// A facet that a rule or a deriver names: a pointer, a bare name, `tags`, `derived/<name>`.
    pub(super) fn named(&mut self, facet: &str) {
        match (facet.strip_prefix("derived/"), facet.strip_prefix('/')) {
            (Some(name), _) => self.derived(name),
            (None, Some(_)) => self.property(&Path::parse(facet)),
            (None, None) if facet == "tags" => self.tags(),
            (None, None) => self.property(&Path(vec![Segment::Key(facet.to_owned())])),
        }
    }

    fn start(&mut self, at: [&str; 2], shape: Option<&'d Shape>, rest: &[Segment]) {
        let path = at.map(str::to_owned).to_vec();
        let Some(from) = part(self.doc, &path) else { return };
        let site = Site { of: self.key.clone(), path, from: Some(from), shape, optional: false };
        self.walk(site, rest, 0);
    }

    fn put(&mut self, site: Site<'d>) {
        if self.found.len() < MOST && !self.found.iter().any(|s| s.path == site.path) {
            self.found.push(site);
        }
    }

    fn walk(&mut self, site: Site<'d>, rest: &[Segment], depth: usize) {
        if depth > DEEP || self.found.len() >= MOST {
            return;
        }
        let below = match (rest.split_first(), site.from) {
            // What the path leads through may come or go as a whole.
            (Some((Segment::Key(step), rest)), _) => {
                Some((vec![self.step(&site, step)], rest)).filter(|_| !site.is_scalar())
            }
            (Some((Segment::Any, rest)), _) => Some((self.steps(&site), rest)),
            (None, _) => Some((self.steps(&site), rest)),
        };
        self.put(site);
        let Some((sites, rest)) = below else { return };
        for site in sites {
            match site.from {
                Some(_) => self.walk(site, rest, depth + 1),
                // What is not there can come where the path ends.
                None if rest.is_empty() => self.put(site),
                None => {}
            }
        }
    }

    fn steps(&self, site: &Site<'d>) -> Vec<Site<'d>> {
        let names: Vec<String> = match site.from {
            Some(Value::Object(map)) => map.keys().cloned().collect(),
            Some(Value::Array(list)) => (0..list.len()).map(|i| i.to_string()).collect(),
            _ => Vec::new(),
        };
        names.iter().map(|n| self.step(site, n)).collect()
    }

    fn step(&self, site: &Site<'d>, step: &str) -> Site<'d> {
        let path = [site.path.as_slice(), &[step.to_owned()]].concat();
        let from = part(self.doc, &path);
        let (shape, optional) = match site.shape {
            Some(shape) => below(shape, site.from, step),
            None => (None, true),
        };
        Site { of: self.key.clone(), path, from, shape, optional }
    }
}

impl Site<'_> {
    const fn is_scalar(&self) -> bool {
        !matches!(self.from, Some(Value::Object(_) | Value::Array(_)))
    }
}

/// The shape of a step below a shape, and whether the step may be missing.
fn below<'d>(shape: &'d Shape, value: Option<&Value>, step: &str) -> (Option<&'d Shape>, bool) {
    match &shape.kind {
        Kind::Object(members) => {
            members.get(step).map_or((None, true), |m| (Some(&m.shape), m.optional))
        }
        Kind::List(item) => (Some(item), true),
        Kind::Map(item) => (Some(item), true),
        Kind::OneOf(shapes) => {
            let fits = |s: &&Shape| value.is_some_and(|v| s.fits(v));
            shapes.iter().find(fits).map_or((None, true), |s| below(s, value, step))
        }
        Kind::Scalar(_) | Kind::Enum(_) => (None, true),
    }
}
