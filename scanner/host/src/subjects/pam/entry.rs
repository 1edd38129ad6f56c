//! One entry of a stack.

use super::control::Actions;

/// The four kinds of stacks, in the order of [`Stacks::of`].
pub(super) const TYPES: [&str; 4] = ["auth", "account", "password", "session"];
pub(super) const AUTH: usize = 0;
pub(super) const ACCOUNT: usize = 1;
pub(super) const PASSWORD: usize = 2;

/// What an entry does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Module(Module),
    /// Opens a stack of its own.
    Substack,
    /// libpam could not make sense of it: it answers `perm_denied`.
    MustFail(&'static str),
}

/// A module of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Module {
    /// Its name without directory and suffix, links followed (`pam_unix`).
    pub(super) name: String,
    pub(super) args: Vec<String>,
    /// Whether it can be loaded.
    pub(super) present: bool,
    /// Its file.
    pub(super) path: Option<std::path::PathBuf>,
}

/// One entry of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// How deep in stacks of their own.
    pub(super) level: u8,
    pub(super) actions: Actions,
    /// The words that make the actions.
    pub(super) control: String,
    pub(super) file: String,
    pub(super) line: u32,
}

impl Entry {
    /// Its module, where that can be loaded.
    pub(super) fn module(&self) -> Option<&Module> {
        match &self.kind {
            Kind::Module(module) if module.present => Some(module),
            _ => None,
        }
    }

    /// Whether it is this module, and there.
    pub(super) fn is(&self, name: &str) -> bool {
        self.module().is_some_and(|m| m.name == name)
    }
}
