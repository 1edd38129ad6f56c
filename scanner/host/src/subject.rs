//! What reads one area of a host.

use assay_core::{Gap, Resource};

use crate::Host;

/// One area: its documents' types, and who reads them.
pub struct Subject {
    /// Its name (`sshd`).
    pub name: &'static str,
    /// The types whose listings it is responsible for (`linux.sshd`). Each is listed exactly once.
    pub types: &'static [&'static str],
    /// Reads it. Errors become gaps and incomplete listings.
    pub collect: fn(&Host<'_>, &mut dyn Output),
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subject").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Takes what subjects find.
pub trait Output {
    /// Takes a document. Sources of its facets are filled in by the taker.
    fn put(&mut self, document: Resource);

    /// Says that all documents of a type were put (none at all included: proved absent), or why not.
    /// A type of [`Subject::types`] for which this is never called counts as not attempted.
    fn listed(&mut self, kind: &'static str, result: Result<(), Gap>);
}
