//! Paths into a document: what a rule reads, and what a gap covers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Segment {
    /// A member of an object, or an index written as a number.
    Key(String),
    /// Any member or index: the rule iterates.
    Any,
}

/// A path below `properties` (or below `derived`): a list of steps, the facet first.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// Parses a JSON pointer (RFC 6901). `*` stands for any member.
    #[must_use]
    pub fn parse(pointer: &str) -> Self {
        Self(
            pointer
                .split('/')
                .skip(1)
                .map(|s| if s == "*" { Segment::Any } else { Segment::Key(unescape(s)) })
                .collect(),
        )
    }

    /// The facet: the first step, if it is a name.
    #[must_use]
    pub fn facet(&self) -> Option<&str> {
        match self.0.first() {
            Some(Segment::Key(k)) => Some(k),
            _ => None,
        }
    }

    /// True if one path leads to, or through, the other: a gap at one then hides the other.
    #[must_use]
    pub fn touches(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| match (a, b) {
            (Segment::Key(a), Segment::Key(b)) => a == b,
            _ => true,
        })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for s in &self.0 {
            match s {
                Segment::Key(k) => write!(f, "/{}", escape(k))?,
                Segment::Any => f.write_str("/*")?,
            }
        }
        Ok(())
    }
}

/// Escapes one step of a JSON pointer.
#[must_use]
pub fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}

/// Undoes [`escape`].
#[must_use]
pub fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_covers_ancestors_and_descendants() {
        let read = Path::parse("/Rules/*/Status");
        assert!(Path::parse("/Rules").touches(&read));
        assert!(Path::parse("/Rules/3/Status").touches(&read));
        assert!(Path::parse("/Rules/3/Status/Deep").touches(&read));
        assert!(!Path::parse("/Rules/3/Id").touches(&read));
        assert!(!Path::parse("/Other").touches(&read));
    }

    #[test]
    fn pointers_round_trip() {
        for p in ["/a~1b/c~0d", "/Rules/*/Status", ""] {
            assert_eq!(Path::parse(p).to_string(), p);
        }
    }
}
