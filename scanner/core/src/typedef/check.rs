//! Checks a document against its type file.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::shape::{Kind, Shape};
use super::{Scalar, TypeDef};
use crate::gap::{Gap, GapState};
use crate::path::escape;
use crate::resource::{Resource, TAGS};

impl TypeDef {
    /// Makes a document fit this type file and returns how many `malformed` gaps that took.
    ///
    /// A value that does not fit is removed and leaves a `malformed` gap at its pointer, with the
    /// call that gave its facet. An element of an array leaves `null` in its place, so that the
    /// pointers of its neighbours stay true. A facet that the type file does not list is removed
    /// and leaves a gap that names it. Members of objects that the type file does not list are
    /// dropped without a trace: no rule can read them. A value that is missing where a gap already
    /// says why is no new misfit, so a second check changes nothing.
    pub fn check(&self, r: &mut Resource) -> usize {
        let mut found = BTreeMap::new();
        let mut walk = Walk { known: &r.gaps, found: &mut found };

        let names: Vec<String> = r.properties.keys().cloned().collect();
        for name in names {
            let pointer = format!("/{}", escape(&name));
            let keep = match (self.facets.get(&name), r.properties.get_mut(&name)) {
                (Some(def), Some(value)) => walk.value(&def.shape, value, &pointer),
                _ => {
                    walk.misfit(
                        &pointer,
                        format!("the type file of {} has no facet {name}", self.name),
                    );
                    false
                }
            };
            if !keep {
                r.properties.remove(&name);
            }
        }

        let names: Vec<String> = r.derived.keys().cloned().collect();
        for name in names {
            let pointer = format!("derived/{}", escape(&name));
            let keep = match (self.derived.get(&name), r.derived.get_mut(&name)) {
                (Some(shape), Some(value)) => walk.value(shape, value, &pointer),
                _ => {
                    let detail =
                        format!("the type file of {} has no derived facet {name}", self.name);
                    walk.misfit(&pointer, detail);
                    false
                }
            };
            if !keep {
                r.derived.remove(&name);
            }
        }

        if !self.tags && !r.gaps.contains_key(TAGS) {
            if r.tags.as_ref().is_some_and(|t| !t.is_empty()) {
                walk.misfit(TAGS, format!("{} has no tags by its type file", self.name));
                r.tags = None;
            } else {
                r.tags = Some(BTreeMap::new());
            }
        }

        let count = found.len();
        for (pointer, detail) in found {
            let mut gap = Gap::new(GapState::Malformed, detail);
            gap.call = source_of(&pointer, &r.sources);
            r.gaps.insert(pointer, gap);
        }
        count
    }
}

/// The call that gave the facet in which a pointer lies.
fn source_of(pointer: &str, sources: &BTreeMap<String, String>) -> Option<String> {
    let facet = pointer.strip_prefix('/').or_else(|| pointer.strip_prefix("derived/"));
    let facet = facet.map_or(pointer, |p| p.split('/').next().unwrap_or(p));
    sources.get(&crate::path::unescape(facet)).cloned()
}

struct Walk<'a> {
    /// The gaps that the document came with.
    known: &'a BTreeMap<String, Gap>,
    /// The misfits: pointer and detail.
    found: &'a mut BTreeMap<String, String>,
}

impl Walk<'_> {
    /// Records a misfit, unless a gap already covers the place.
    fn misfit(&mut self, pointer: &str, detail: String) {
        if !self.known.contains_key(pointer) {
            self.found.insert(pointer.to_owned(), detail);
        }
    }

    /// Makes a value fit. False: it has to be removed.
    fn value(&mut self, shape: &Shape, value: &mut Value, pointer: &str) -> bool {
        if value.is_null() {
            let fits = shape.nullable || matches!(shape.kind, Kind::Scalar(Scalar::Any));
            if !fits {
                self.misfit(pointer, format!("expected {}, got null", shape.describe()));
            }
            return fits;
        }
        match (&shape.kind, value) {
            (Kind::Object(members), Value::Object(map)) => {
                map.retain(|k, _| members.contains_key(k));
                for (name, member) in members {
                    let below = format!("{pointer}/{}", escape(name));
                    match map.get_mut(name) {
                        Some(v) => {
                            if !self.value(&member.shape, v, &below) {
                                map.remove(name);
                            }
                        }
                        None if member.optional => {}
                        None => self.misfit(&below, format!("{name} is missing")),
                    }
                }
                true
            }
            (Kind::Map(item), Value::Object(map)) => {
                self.map(item, map, pointer);
                true
            }
            (Kind::List(item), Value::Array(list)) => {
                for (i, v) in list.iter_mut().enumerate() {
                    if !self.value(item, v, &format!("{pointer}/{i}")) {
                        *v = Value::Null;
                    }
                }
                true
            }
            (Kind::OneOf(shapes), v) => self.one_of(shapes, v, pointer, shape),
            (_, v) => {
                let fits = shape.fits(v);
                if !fits {
                    self.misfit(
                        pointer,
                        format!("expected {}, got {}", shape.describe(), kind_of(v)),
                    );
                }
                fits
            }
        }
    }

    fn map(&mut self, item: &Shape, map: &mut Map<String, Value>, pointer: &str) {
        let keys: Vec<String> = map.keys().cloned().collect();
        for key in keys {
            let below = format!("{pointer}/{}", escape(&key));
            if let Some(v) = map.get_mut(&key)
                && !self.value(item, v, &below)
            {
                map.remove(&key);
            }
        }
    }

    /// The first shape that fits exactly drops what it does not list. Where none fits, the value is
    /// pruned by the alternative of its own JSON type if there is just one, and else removed.
    fn one_of(&mut self, shapes: &[Shape], value: &mut Value, pointer: &str, of: &Shape) -> bool {
        if let Some(shape) = shapes.iter().find(|s| s.fits(value)) {
            return self.value(shape, value, pointer);
        }
        let mut alike = shapes.iter().filter(|s| {
            matches!(
                (&s.kind, &*value),
                (Kind::Object(_) | Kind::Map(_), Value::Object(_))
                    | (Kind::List(_), Value::Array(_))
            )
        });
        if let (Some(shape), None) = (alike.next(), alike.next()) {
            return self.value(shape, value, pointer);
        }
        self.misfit(pointer, format!("expected {}, got {}", of.describe(), kind_of(value)));
        false
    }
}

/// The JSON type of a value, and the value itself only where it is a short word: what does not fit
/// may be hostile or secret, so it is not copied into the detail.
fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "another string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}
