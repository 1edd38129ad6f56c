//! Type files: the one place that names a type's facets, their shapes and formats.
//!
//! Every document from every source passes through [`TypeDef::check`] before it is written: what
//! does not fit its type file becomes a `malformed` gap, never a wrong-typed value. Every path that
//! a rule reads passes through [`TypeDef::knows`]: a rule that reads what its type lacks does not
//! load.

mod check;
mod format;
mod named;
mod parse;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::path::{Path, Segment};

pub use format::Scalar;
pub use parse::TypeError;
pub use shape::{Kind, Member, Shape};

/// One type file.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDef {
    /// The type, by its provider's own name (`AWS::S3::Bucket`).
    pub name: String,
    /// A name for people (`S3 bucket`).
    pub title: String,
    /// Address of the provider's own description of the type.
    pub doc: String,
    /// What proves the population.
    pub listing: ListingDef,
    /// Whether the type has tags at all.
    pub tags: bool,
    /// The facets, by name.
    pub facets: BTreeMap<String, FacetDef>,
    /// The derived facets that rules may read as `input.derived.<name>`.
    pub derived: BTreeMap<String, Shape>,
}

/// What proves the population of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListingDef {
    /// Whether one listing covers an account, one region of it, or a tenant.
    pub scope: ListingScope,
    /// The operations that list it (`s3:ListBuckets`).
    pub operations: Vec<String>,
}

/// Whether one listing covers a whole account, one region of it, or a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListingScope {
    /// One listing for the account, in the region `global`.
    Global,
    /// As `Global`, but only in accounts that are a tenant: the directory above others, which holds
    /// nothing of the other scopes.
    Tenant,
    /// One listing for each region.
    Regional,
}

/// One facet of a type.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetDef {
    /// The shape of its value. A nullable shape means that the facet may be known to be absent.
    pub shape: Shape,
    /// For infrastructure code: the provider's documented default of an omitted property.
    /// `None` where none is documented.
    pub default: Option<Value>,
}

impl TypeDef {
    /// The region in which a listing of this type is recorded, for a collector that runs in
    /// `region`.
    #[must_use]
    pub fn listing_region<'a>(&self, region: &'a str) -> &'a str {
        match self.listing.scope {
            ListingScope::Global | ListingScope::Tenant => "global",
            ListingScope::Regional => region,
        }
    }

    /// The name of the type's file, without its ending: `AWS-S3-Bucket`.
    #[must_use]
    pub fn stem(&self) -> String {
        stem(&self.name)
    }

    /// Whether a path below `properties` can exist in a document of this type.
    #[must_use]
    pub fn knows(&self, path: &Path) -> bool {
        match path.0.split_first() {
            None => true,
            Some((Segment::Key(k), rest)) => {
                self.facets.get(k).is_some_and(|f| f.shape.knows(rest))
            }
            Some((Segment::Any, rest)) => self.facets.values().any(|f| f.shape.knows(rest)),
        }
    }

    /// Whether a path below `derived` can exist: its first step is the derived facet's name.
    #[must_use]
    pub fn knows_derived(&self, path: &Path) -> bool {
        match path.0.split_first() {
            None => true,
            Some((Segment::Key(k), rest)) => self.derived.get(k).is_some_and(|s| s.knows(rest)),
            Some((Segment::Any, rest)) => self.derived.values().any(|s| s.knows(rest)),
        }
    }
}

/// All type files, by type name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TypeRegistry {
    /// By type name.
    pub types: BTreeMap<String, TypeDef>,
}

impl TypeRegistry {
    /// Builds the registry from parsed files: name (with or without folder) and content.
    ///
    /// # Errors
    /// The first file that breaks the grammar, names another type than its file name, or repeats a
    /// type.
    pub fn from_files<N: AsRef<str>>(
        files: impl IntoIterator<Item = (N, Value)>,
    ) -> Result<Self, TypeError> {
        let mut types = BTreeMap::new();
        for (file, value) in files {
            let file = file.as_ref();
            let def = TypeDef::from_value(&value).map_err(|e| e.in_file(file))?;
            let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
            let base = base.rsplit_once('.').map_or(base, |(b, _)| b);
            if base != def.stem() {
                let e =
                    TypeError::new("type", format!("{} belongs in {}.yaml", def.name, def.stem()));
                return Err(e.in_file(file));
            }
            if let Some(old) = types.insert(def.name.clone(), def) {
                return Err(
                    TypeError::new("type", format!("{} has two files", old.name)).in_file(file)
                );
            }
        }
        Ok(Self { types })
    }

    /// The type file of a type.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&TypeDef> {
        self.types.get(name)
    }

    /// All type files, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &TypeDef> {
        self.types.values()
    }
}

/// A type's name as part of a file name: `AWS::S3::Bucket` is `AWS-S3-Bucket`, `a/b` is `a-b`.
#[must_use]
pub fn stem(name: &str) -> String {
    name.replace("::", "-").replace('/', "-")
}
