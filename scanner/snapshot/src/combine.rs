//! One document out of several with the same id.

use assay_core::resource::TAGS;
use assay_core::{Gap, GapState, Resource};

/// Combines the documents and the folds of one id. `None` where only folds exist: a part of a
/// resource that no listing named proves no resource.
///
/// Documents that agree are one: a listing may show a resource twice when its pages move. Where two
/// disagree on a facet, the facet becomes a `malformed` gap. A fold adds facets; a known one beats
/// an unknown one, and two known ones have to agree.
pub(crate) fn combine(documents: Vec<Resource>, folds: Vec<Resource>) -> Option<Resource> {
    let mut documents = documents.into_iter();
    let mut out = documents.next()?;
    for other in documents.chain(folds) {
        absorb(&mut out, other);
    }
    Some(out)
}

fn absorb(out: &mut Resource, other: Resource) {
    let Resource { tags, properties, derived, gaps, sources, .. } = other;
    match (&out.tags, tags) {
        (_, None) => {}
        (None, Some(t)) => {
            if !out.gaps.contains_key(TAGS) || !gaps.contains_key(TAGS) {
                out.gaps.remove(TAGS);
                out.tags = Some(t);
            }
        }
        (Some(a), Some(b)) if *a == b => {}
        (Some(_), Some(_)) => {
            out.tags = None;
            out.gaps.insert(TAGS.to_owned(), disagree(TAGS));
        }
    }
    for (name, value) in properties {
        let pointer = format!("/{}", assay_core::path::escape(&name));
        match out.properties.get(&name) {
            Some(old) if *old == value => {}
            Some(_) => {
                out.properties.remove(&name);
                drop_gaps(out, &pointer);
                out.gaps.insert(pointer, disagree(&name));
            }
            None if out.gaps.get(&pointer).is_some_and(is_disagreement) => {}
            None => {
                drop_gaps(out, &pointer);
                out.properties.insert(name, value);
            }
        }
    }
    for (name, value) in derived {
        let pointer = format!("derived/{}", assay_core::path::escape(&name));
        match out.derived.get(&name) {
            Some(old) if *old == value => {}
            Some(_) => {
                out.derived.remove(&name);
                out.gaps.insert(pointer, disagree(&name));
            }
            None if out.gaps.get(&pointer).is_some_and(is_disagreement) => {}
            None => {
                drop_gaps(out, &pointer);
                out.derived.insert(name, value);
            }
        }
    }
    for (pointer, gap) in gaps {
        if !is_known(out, &pointer) {
            out.gaps.entry(pointer).or_insert(gap);
        }
    }
    for (facet, call) in sources {
        out.sources.entry(facet).or_insert(call);
    }
}

/// Whether a whole facet is known, so that another document's gap for it says nothing new.
fn is_known(r: &Resource, pointer: &str) -> bool {
    if pointer == TAGS {
        return r.tags.is_some();
    }
    let name = |p: &str| (!p.contains('/')).then(|| assay_core::path::unescape(p));
    match (pointer.strip_prefix('/'), pointer.strip_prefix("derived/")) {
        (Some(p), _) => name(p).is_some_and(|n| r.properties.contains_key(&n)),
        (_, Some(p)) => name(p).is_some_and(|n| r.derived.contains_key(&n)),
        _ => false,
    }
}

fn drop_gaps(r: &mut Resource, pointer: &str) {
    let below = format!("{pointer}/");
    r.gaps.retain(|k, _| k != pointer && !k.starts_with(&below));
}

const DISAGREE: &str = "two documents with this id disagree on ";

fn disagree(facet: &str) -> Gap {
    Gap::new(GapState::Malformed, format!("{DISAGREE}{facet}"))
}

fn is_disagreement(gap: &Gap) -> bool {
    gap.state == GapState::Malformed && gap.detail.starts_with(DISAGREE)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn doc(facets: &[(&str, serde_json::Value)]) -> Resource {
        let mut r = Resource::new("T", "id", "aws", "1", "global", "n");
        for (k, v) in facets {
            r.properties.insert((*k).to_owned(), v.clone());
        }
        r
    }

    #[test]
    fn disagreement_is_a_gap_in_any_order() {
        let docs =
            [doc(&[("A", json!(1)), ("B", json!(1))]), doc(&[("A", json!(2)), ("C", json!(3))])];
        for pair in [[0, 1, 0], [1, 0, 1]] {
            let r = combine(pair.iter().map(|i| docs[*i].clone()).collect(), vec![]).unwrap();
            assert!(!r.properties.contains_key("A"));
            assert_eq!(r.gaps["/A"].state, GapState::Malformed);
            assert_eq!((&r.properties["B"], &r.properties["C"]), (&json!(1), &json!(3)));
        }
    }

    #[test]
    fn a_fold_fills_what_is_unknown_and_never_stands_alone() {
        let mut main = doc(&[("A", json!(1))]);
        main.lose("B", Gap::new(GapState::Denied, "no"));
        let r = combine(vec![main], vec![doc(&[("B", json!(2))])]).unwrap();
        assert_eq!(r.properties["B"], json!(2));
        assert!(r.gaps.is_empty());
        assert!(combine(vec![], vec![doc(&[])]).is_none());
    }
}
