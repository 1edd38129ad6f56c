//! Type files: the one place that names a type's facets, their shapes and formats.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One type file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TypeDef {
    /// The type, by its provider's own name.
    pub name: String,
}

/// All type files, by type name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TypeRegistry {
    /// By type name.
    pub types: BTreeMap<String, TypeDef>,
}
