//! The content: rules with their cases, the types that they judge, objectives and frameworks.
//!
//! It is embedded when the crate is built, by walking the tree beside this file, and it can be
//! read from any folder of the same layout: an organisation's own pack, or a rule in the making.
//! Nothing is interpreted here.
//!
//! ```text
//! rules/<provider>/<service>/<name>.rego         one rule
//! rules/<provider>/<service>/<name>.cases.yaml   its cases
//! types/<provider>/<type>.yaml                   the shape of a resource type
//! lib/<name>.rego                                functions that rules share
//! objectives.yaml  frameworks/<id>.yaml          what rules prove
//! unfed.yaml                                     rules that cannot be fed yet, with the reason
//! tombstones.yaml                                ids that were retired, and what replaces them
//! ```

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may panic"
    )
)]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use assay_core::identity::sha256;

static EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/content.rs"));

/// Where retired ids are listed.
const TOMBSTONES: &str = "tombstones.yaml";
/// The most that one file may hold.
const MAX_FILE: u64 = 1 << 20;
/// How deep folders may lie.
const MAX_DEPTH: usize = 8;

/// Why a folder of content could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ContentError {
    /// It cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It is not text.
    #[error("{path} is not UTF-8 text; save it as UTF-8")]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// It is too large.
    #[error("{path} is larger than 1 MiB; split it")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Folders lie too deep.
    #[error("{path} lies more than {MAX_DEPTH} folders deep; move it up")]
    TooDeep {
        /// The folder.
        path: PathBuf,
    },
    /// Nothing of the layout is there.
    #[error("{path} holds no content; it needs a folder `rules`")]
    Empty {
        /// The folder.
        path: PathBuf,
    },
}

/// One file of the content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path below the content root, with `/`.
    pub path: String,
    /// The text.
    pub text: Cow<'static, str>,
    /// sha256 of the text, in hex.
    pub sha256: String,
}

/// All files, by path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    files: BTreeMap<String, File>,
}

impl File {
    /// Whether it was built in, and so checked with everything else that was.
    #[must_use]
    pub const fn built_in(&self) -> bool {
        matches!(self.text, Cow::Borrowed(_))
    }
}

impl Content {
    /// The content that was built in.
    #[must_use]
    pub fn embedded() -> Self {
        let mut content = Self::default();
        for (path, text) in EMBEDDED {
            content.insert((*path).to_owned(), Cow::Borrowed(*text));
        }
        content
    }

    /// The content of a folder.
    ///
    /// # Errors
    ///
    /// If the folder or a file in it cannot be read, or nothing of the layout is in it.
    pub fn from_dir(root: &Path) -> Result<Self, ContentError> {
        let mut content = Self::default();
        for name in ["rules", "types", "lib", "frameworks"] {
            let dir = root.join(name);
            if dir.is_dir() {
                content.walk(&dir, name, 0)?;
            }
        }
        for name in ["objectives.yaml", "unfed.yaml", TOMBSTONES] {
            let file = root.join(name);
            if file.is_file() {
                content.read(&file, name)?;
            }
        }
        if content.files.is_empty() {
            return Err(ContentError::Empty { path: root.to_path_buf() });
        }
        Ok(content)
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: String, text: Cow<'static, str>) {
        let sha256 = sha256(text.as_bytes());
        self.files.insert(path.clone(), File { path, text, sha256 });
    }

    /// Puts another content over this one: a file of the same path is replaced, but for the list
    /// of retired ids. Ids are for ever, so the other one's list is kept beside this one's.
    #[must_use]
    pub fn with(mut self, over: Self) -> Self {
        let mut files = over.files;
        if self.files.contains_key(TOMBSTONES)
            && let Some(mut own) = files.remove(TOMBSTONES)
        {
            own.path = format!("own/{TOMBSTONES}");
            files.insert(own.path.clone(), own);
        }
        self.files.extend(files);
        self
    }

    /// A file by its path.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// Every file, in order of its path.
    pub fn files(&self) -> impl Iterator<Item = &File> {
        self.files.values()
    }

    /// The rules.
    pub fn rules(&self) -> impl Iterator<Item = &File> {
        self.under("rules/", ".rego")
    }

    /// The cases of the rules.
    pub fn cases(&self) -> impl Iterator<Item = &File> {
        self.under("rules/", ".cases.yaml")
    }

    /// The cases of one rule, by the rule's file.
    #[must_use]
    pub fn cases_of(&self, rule: &str) -> Option<&File> {
        self.get(&format!("{}.cases.yaml", rule.strip_suffix(".rego")?))
    }

    /// The type files.
    pub fn types(&self) -> impl Iterator<Item = &File> {
        self.under("types/", ".yaml")
    }

    /// The library of the rules.
    pub fn lib(&self) -> impl Iterator<Item = &File> {
        self.under("lib/", ".rego")
    }

    /// The frameworks.
    pub fn frameworks(&self) -> impl Iterator<Item = &File> {
        self.under("frameworks/", ".yaml")
    }

    /// The lists of retired ids.
    pub fn tombstones(&self) -> impl Iterator<Item = &File> {
        self.under("", TOMBSTONES)
    }

    /// sha256 over all that can change a verdict or a control: rules, types, library, objectives
    /// and frameworks. Cases and the lists of rules that cannot be fed or were retired are left out.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut lines = String::new();
        for file in self.files.values() {
            let list = file.path == "unfed.yaml" || file.path.ends_with(TOMBSTONES);
            if !list && !file.path.ends_with(".cases.yaml") {
                lines.push_str(&file.sha256);
                lines.push_str("  ");
                lines.push_str(&file.path);
                lines.push('\n');
            }
        }
        sha256(lines.as_bytes())
    }

    fn under(&self, root: &str, ending: &str) -> impl Iterator<Item = &File> {
        self.files.values().filter(move |f| f.path.starts_with(root) && f.path.ends_with(ending))
    }

    fn walk(&mut self, dir: &Path, below: &str, depth: usize) -> Result<(), ContentError> {
        if depth > MAX_DEPTH {
            return Err(ContentError::TooDeep { path: dir.to_path_buf() });
        }
        let failed = |source| ContentError::Read { path: dir.to_path_buf(), source };
        for entry in fs::read_dir(dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let path = entry.path();
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(ContentError::NotText { path });
            };
            let below = format!("{below}/{name}");
            if path.is_dir() {
                self.walk(&path, &below, depth + 1)?;
            } else if name.ends_with(".rego") || name.ends_with(".yaml") {
                self.read(&path, &below)?;
            }
        }
        Ok(())
    }

    fn read(&mut self, path: &Path, below: &str) -> Result<(), ContentError> {
        let failed = |source| ContentError::Read { path: path.to_path_buf(), source };
        if fs::metadata(path).map_err(failed)?.len() > MAX_FILE {
            return Err(ContentError::TooLarge { path: path.to_path_buf() });
        }
        let bytes = fs::read(path).map_err(failed)?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ContentError::NotText { path: path.to_path_buf() })?;
        self.insert(below.to_owned(), Cow::Owned(text));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_content_is_the_folder() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        match Content::from_dir(root) {
            Ok(dir) => assert_eq!(Content::embedded(), dir),
            Err(e) => assert!(matches!(e, ContentError::Empty { .. }), "{e}"),
        }
    }

    #[test]
    fn the_digest_leaves_cases_out() {
        let mut a = Content::default();
        a.insert("rules/aws/s3/x.rego".into(), "package x".into());
        let before = a.digest();
        a.insert("rules/aws/s3/x.cases.yaml".into(), "cases: []".into());
        assert_eq!(a.digest(), before);
        a.insert("types/aws/X.yaml".into(), "type: X".into());
        assert_ne!(a.digest(), before);
    }

    #[test]
    fn retired_ids_stay_retired_under_an_own_pack() {
        let mut own = Content::default();
        own.insert("tombstones.yaml".into(), "[]".into());
        let both = Content::embedded().with(own);
        assert_eq!(both.tombstones().count(), 2);
        assert_eq!(both.get(TOMBSTONES), Content::embedded().get(TOMBSTONES));
        assert_eq!(both.digest(), Content::embedded().digest());
    }

    #[test]
    fn a_folder_without_content_is_an_error() {
        let e = Content::from_dir(Path::new("/nowhere/at/all")).unwrap_err();
        assert!(e.to_string().contains("needs a folder `rules`"), "{e}");
    }
}
