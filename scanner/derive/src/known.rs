//! Whether a facet of a document is known.

use assay_core::resource::TAGS;
use assay_core::{Gap, GapState, Path, Resource};

/// Something that is not known, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// The unknown thing: a pointer into `properties`, `tags`, `derived/<name>`, `related/<type>`.
    pub what: String,
    /// Whether it is a value or a whole population.
    pub kind: UnknownKind,
    /// The cause.
    pub gap: Gap,
}

/// What kind of thing is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownKind {
    /// A facet of a document.
    Facet,
    /// A listing that is not complete.
    Listing,
}

impl Unknown {
    /// An unknown facet.
    #[must_use]
    pub fn facet(what: impl Into<String>, gap: Gap) -> Self {
        Self { what: what.into(), kind: UnknownKind::Facet, gap }
    }

    /// An incomplete listing.
    #[must_use]
    pub fn listing(kind: &str, gap: Gap) -> Self {
        Self { what: format!("related/{kind}"), kind: UnknownKind::Listing, gap }
    }
}

/// Why a facet of a document is not known; `None` where it is.
///
/// `what` is `tags`, `derived/<name>`, a pointer into `properties` (`/Rules/*/Status`), or the bare
/// name of a property (`PolicyDocument`).
#[must_use]
pub fn known(doc: &Resource, what: &str) -> Option<Unknown> {
    if what == TAGS {
        return match (doc.gaps.get(TAGS), &doc.tags) {
            (Some(gap), _) => Some(Unknown::facet(TAGS, gap.clone())),
            (None, None) => Some(Unknown::facet(TAGS, unread())),
            (None, Some(_)) => None,
        };
    }
    if let Some(name) = what.strip_prefix("derived/") {
        let below = format!("{what}/");
        if let Some((_, gap)) = doc.gaps.iter().find(|(k, _)| *k == what || k.starts_with(&below)) {
            return Some(Unknown::facet(what, gap.clone()));
        }
        return (!doc.derived.contains_key(name)).then(|| Unknown::facet(what, unread()));
    }
    let path = if what.starts_with('/') {
        Path::parse(what)
    } else {
        Path(vec![assay_core::Segment::Key(what.to_owned())])
    };
    let hit = doc.gaps.iter().find(|(k, _)| k.starts_with('/') && Path::parse(k).touches(&path));
    if let Some((pointer, gap)) = hit {
        return Some(Unknown::facet(pointer.clone(), gap.clone()));
    }
    let facet = path.facet()?;
    (!doc.properties.contains_key(facet))
        .then(|| Unknown::facet(format!("/{}", assay_core::path::escape(facet)), unread()))
}

/// The gap of a facet that is neither known nor a gap.
fn unread() -> Gap {
    Gap::new(GapState::NotAttempted, "the collector did not read it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn doc() -> Resource {
        let mut r = Resource::new("T", "id", "aws", "1", "r", "n");
        r.properties.insert("A".into(), json!({"B": 1}));
        r.properties.insert("C".into(), json!(null));
        r
    }

    #[test]
    fn neither_known_nor_a_gap_is_unknown() {
        assert!(known(&doc(), "/A").is_none());
        assert!(known(&doc(), "A").is_none());
        assert!(known(&doc(), "/C").is_none(), "null is known to be absent");
        assert_eq!(known(&doc(), "/X/Y").unwrap().gap.state, GapState::NotAttempted);
        assert!(known(&doc(), "tags").is_some());
        assert!(known(&doc(), "derived/public").is_some());
    }

    #[test]
    fn a_nested_gap_covers_ancestors_and_descendants_but_not_siblings() {
        let mut r = doc();
        r.gaps.insert("/A/B".into(), Gap::new(GapState::Malformed, "x"));
        assert!(known(&r, "/A").is_some());
        assert!(known(&r, "/A/B/C").is_some());
        assert!(known(&r, "/A/*").is_some());
        assert!(known(&r, "/A/D").is_none());
    }

    #[test]
    fn a_gap_beats_a_value() {
        let mut r = doc();
        r.tags = Some(std::collections::BTreeMap::new());
        assert!(known(&r, "tags").is_none());
        r.gaps.insert("tags".into(), Gap::new(GapState::Denied, "x"));
        assert!(known(&r, "tags").is_some());
    }
}
