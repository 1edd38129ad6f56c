//! Reads a type file, strictly: an unknown key is an error.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::format::Scalar;
use super::named;
use super::shape::{Kind, Member, Shape};
use super::{FacetDef, ListingDef, ListingScope, TypeDef};

/// A type file that breaks the grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}: {problem}", file.as_ref().map(|f| format!("type file {f}: ")).unwrap_or_default(), at)]
pub struct TypeError {
    /// The file, where known.
    pub file: Option<String>,
    /// Where in the file, as names joined by dots.
    pub at: String,
    /// What is wrong.
    pub problem: String,
}

impl TypeError {
    pub(super) fn new(at: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { file: None, at: at.into(), problem: problem.into() }
    }

    pub(super) fn in_file(mut self, file: &str) -> Self {
        self.file = Some(file.to_owned());
        self
    }
}

type Result<T> = std::result::Result<T, TypeError>;

impl TypeDef {
    /// Reads one type file from its parsed YAML.
    ///
    /// # Errors
    /// The first place where the file breaks the grammar.
    pub fn from_value(value: &Value) -> Result<Self> {
        let top = object(value, "type file")?;
        only(top, "", &["type", "title", "doc", "listing", "tags", "facets", "derived"])?;
        let tags = match top.get("tags") {
            None => true,
            Some(v) => {
                v.as_bool().ok_or_else(|| TypeError::new("tags", "must be true or false"))?
            }
        };
        let facets = object(need(top, "", "facets")?, "facets")?;
        let mut out = BTreeMap::new();
        for (name, v) in facets {
            out.insert(name.clone(), facet(v, &format!("facets.{name}"))?);
        }
        let mut derived = BTreeMap::new();
        if let Some(v) = top.get("derived") {
            for (name, v) in object(v, "derived")? {
                derived.insert(name.clone(), shape(v, &format!("derived.{name}"), &[])?);
            }
        }
        Ok(Self {
            name: text(top, "type")?,
            title: text(top, "title")?,
            doc: text(top, "doc")?,
            listing: listing(need(top, "", "listing")?)?,
            tags,
            facets: out,
            derived,
        })
    }
}

fn facet(value: &Value, at: &str) -> Result<FacetDef> {
    let default = value.as_object().and_then(|m| m.get("default")).cloned();
    let shape = shape(value, at, &["default"])?;
    if let Some(d) = &default
        && !shape.fits(d)
    {
        let problem = format!("the default does not fit: expected {}", shape.describe());
        return Err(TypeError::new(at, problem));
    }
    Ok(FacetDef { shape, default })
}

/// Keys that say what a long-form shape is. Exactly one is there.
const KINDS: &[&str] = &["type", "enum", "object", "list", "map", "one_of", "setting"];

/// The one word that names an object: who can read and change a file.
const ACCESS: &str = "access";

fn shape(value: &Value, at: &str, extra: &[&str]) -> Result<Shape> {
    if let Value::String(word) = value {
        return scalar(word, at);
    }
    let map = object(value, at)?;
    let mut known: Vec<&str> = KINDS.to_vec();
    known.push("nullable");
    known.extend(extra);
    only(map, at, &known)?;
    let mut kinds = KINDS.iter().filter_map(|k| map.get(*k).map(|v| (*k, v)));
    let (Some((key, inner)), None) = (kinds.next(), kinds.next()) else {
        return Err(TypeError::new(at, format!("needs exactly one of {}", KINDS.join(", "))));
    };
    let below = format!("{at}.{key}");
    let mut nullable = match map.get("nullable") {
        None => false,
        Some(v) => {
            v.as_bool().ok_or_else(|| TypeError::new(at, "nullable must be true or false"))?
        }
    };
    let kind = match key {
        "type" => {
            let word = inner.as_str().ok_or_else(|| TypeError::new(&below, "must be a word"))?;
            let s = scalar(word, &below)?;
            nullable |= s.nullable;
            s.kind
        }
        "enum" => Kind::Enum(enumeration(inner, &below)?),
        "object" => Kind::Object(members(inner, &below)?),
        "list" => Kind::List(Box::new(shape(inner, &below, &[])?)),
        "map" => Kind::Map(Box::new(shape(inner, &below, &[])?)),
        "setting" => named::setting(shape(inner, &below, &[])?).kind,
        _ => {
            let list = array(inner, &below)?;
            let shapes: Result<Vec<_>> = list.iter().map(|v| shape(v, &below, &[])).collect();
            Kind::OneOf(shapes?)
        }
    };
    Ok(Shape { nullable, kind })
}

fn scalar(word: &str, at: &str) -> Result<Shape> {
    let (base, nullable) = match word.strip_suffix('?') {
        Some(base) => (base, true),
        None => (word, false),
    };
    if base == ACCESS {
        return Ok(Shape { nullable, ..named::access() });
    }
    let kind = Scalar::from_word(base).ok_or_else(|| {
        let mut words: Vec<&str> = Scalar::WORDS.iter().map(|(w, _)| *w).collect();
        words.push(ACCESS);
        TypeError::new(at, format!("unknown scalar `{word}`, known are {}", words.join(", ")))
    })?;
    Ok(Shape { nullable, kind: Kind::Scalar(kind) })
}

fn enumeration(value: &Value, at: &str) -> Result<Vec<Value>> {
    let list = array(value, at)?;
    if let Some(v) = list.iter().find(|v| !(v.is_string() || v.is_number() || v.is_boolean())) {
        return Err(TypeError::new(at, format!("{v} is no scalar")));
    }
    Ok(list.clone())
}

fn members(value: &Value, at: &str) -> Result<BTreeMap<String, Member>> {
    let mut out = BTreeMap::new();
    for (key, v) in object(value, at)? {
        let (name, optional) = match key.strip_suffix('?') {
            Some(name) => (name, true),
            None => (key.as_str(), false),
        };
        let member = Member { optional, shape: shape(v, &format!("{at}.{name}"), &[])? };
        if out.insert(name.to_owned(), member).is_some() {
            return Err(TypeError::new(at, format!("{name} is listed twice")));
        }
    }
    Ok(out)
}

fn listing(value: &Value) -> Result<ListingDef> {
    let map = object(value, "listing")?;
    only(map, "listing", &["scope", "operation"])?;
    let scope = match need(map, "listing", "scope")?.as_str() {
        Some("global") => ListingScope::Global,
        Some("regional") => ListingScope::Regional,
        Some("tenant") => ListingScope::Tenant,
        _ => {
            return Err(TypeError::new("listing.scope", "must be global, regional or tenant"));
        }
    };
    let operations: Option<Vec<String>> = match need(map, "listing", "operation")? {
        Value::String(s) => Some(vec![s.clone()]),
        Value::Array(list) => list.iter().map(|v| v.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let operations = operations
        .filter(|o| !o.is_empty())
        .ok_or_else(|| TypeError::new("listing.operation", "must be a name or a list of names"))?;
    Ok(ListingDef { scope, operations })
}

fn only(map: &Map<String, Value>, at: &str, known: &[&str]) -> Result<()> {
    match map.keys().find(|k| !known.contains(&k.as_str())) {
        None => Ok(()),
        Some(k) => {
            let at = if at.is_empty() { k.clone() } else { format!("{at}.{k}") };
            Err(TypeError::new(at, format!("unknown key, known are {}", known.join(", "))))
        }
    }
}

fn need<'a>(map: &'a Map<String, Value>, at: &str, key: &str) -> Result<&'a Value> {
    map.get(key).ok_or_else(|| {
        let at = if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        TypeError::new(at, "is missing")
    })
}

fn text(map: &Map<String, Value>, key: &str) -> Result<String> {
    match need(map, "", key)? {
        Value::String(s) if !s.trim().is_empty() => Ok(s.clone()),
        _ => Err(TypeError::new(key, "must be a text")),
    }
}

fn object<'a>(value: &'a Value, at: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| TypeError::new(at, "must be a mapping"))
}

fn array<'a>(value: &'a Value, at: &str) -> Result<&'a Vec<Value>> {
    match value {
        Value::Array(list) if !list.is_empty() => Ok(list),
        _ => Err(TypeError::new(at, "must be a list with at least one member")),
    }
}
