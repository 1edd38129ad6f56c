//! A document with only the facets that somebody looks at: the others are skipped, not built.

use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;

use assay_core::Resource;
use assay_core::resource::TAGS;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// Reads a document without its sources and, where `wanted` is given, with those facets alone:
/// names of properties, `tags`, `derived/<name>`. Gaps stay where their facet does.
///
/// # Errors
/// The line is not a document.
pub fn document(
    line: &[u8],
    wanted: Option<&BTreeSet<String>>,
) -> Result<Resource, serde_json::Error> {
    let mut input = serde_json::Deserializer::from_slice(line);
    let doc = Document(Wanted(wanted)).deserialize(&mut input)?;
    input.end()?;
    Ok(doc)
}

#[derive(Clone, Copy)]
struct Wanted<'w>(Option<&'w BTreeSet<String>>);

impl Wanted<'_> {
    fn has(self, what: &str) -> bool {
        self.0.is_none_or(|w| w.contains(what))
    }

    fn property(self, name: &str) -> bool {
        self.has(name)
    }

    fn derived(self, name: &str) -> bool {
        self.0.is_none() || self.has(&format!("derived/{name}"))
    }

    fn gap(self, pointer: &str) -> bool {
        if self.0.is_none() {
            return true;
        }
        match pointer.strip_prefix('/') {
            Some(rest) => {
                let facet = rest.split('/').next().unwrap_or(rest);
                self.has(&assay_core::path::unescape(facet))
            }
            None => {
                let head: Vec<&str> = pointer.splitn(3, '/').take(2).collect();
                self.has(&head.join("/"))
            }
        }
    }
}

#[derive(Deserialize, Clone, Copy)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Member {
    Id,
    Type,
    Provider,
    Account,
    Region,
    Name,
    Tags,
    Properties,
    Derived,
    Gaps,
    #[serde(other)]
    Other,
}

impl Member {
    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

const NEEDED: [(Member, &str); 7] = [
    (Member::Id, "id"),
    (Member::Type, "type"),
    (Member::Provider, "provider"),
    (Member::Account, "account"),
    (Member::Region, "region"),
    (Member::Name, "name"),
    (Member::Properties, "properties"),
];

struct Document<'w>(Wanted<'w>);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Resource;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Resource, D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Resource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Resource, A::Error> {
        let wanted = self.0;
        let mut doc = Resource::new("", "", "", "", "", "");
        let mut seen = 0_u16;
        while let Some(member) = map.next_key()? {
            if !matches!(member, Member::Other) && seen & member.bit() != 0 {
                return Err(A::Error::custom("a member occurs twice"));
            }
            seen |= member.bit();
            match member {
                Member::Id => doc.id = map.next_value()?,
                Member::Type => doc.kind = map.next_value()?,
                Member::Provider => doc.provider = map.next_value()?,
                Member::Account => doc.account = map.next_value()?,
                Member::Region => doc.region = map.next_value()?,
                Member::Name => doc.name = map.next_value()?,
                Member::Tags if wanted.has(TAGS) => doc.tags = map.next_value()?,
                Member::Properties => {
                    let seed = Members::new(|n: &str| wanted.property(n));
                    doc.properties = map.next_value_seed(seed)?;
                }
                Member::Derived => {
                    doc.derived = map.next_value_seed(Members::new(|n: &str| wanted.derived(n)))?;
                }
                Member::Gaps => {
                    doc.gaps = map.next_value_seed(Members::new(|p: &str| wanted.gap(p)))?;
                }
                Member::Tags | Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        match NEEDED.iter().find(|(member, _)| seen & member.bit() == 0) {
            Some((_, name)) => Err(A::Error::missing_field(name)),
            None => Ok(doc),
        }
    }
}

/// Some members of an object.
struct Members<F, M> {
    keep: F,
    map: PhantomData<M>,
}

impl<F: Fn(&str) -> bool, M> Members<F, M> {
    fn new(keep: F) -> Self {
        Self { keep, map: PhantomData }
    }
}

impl<'de, F, M, V> DeserializeSeed<'de> for Members<F, M>
where
    F: Fn(&str) -> bool,
    M: Default + Extend<(String, V)> + IntoIterator<Item = (String, V)>,
    V: Deserialize<'de>,
{
    type Value = M;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<M, D::Error> {
        input.deserialize_map(self)
    }
}

impl<'de, F, M, V> Visitor<'de> for Members<F, M>
where
    F: Fn(&str) -> bool,
    M: Default + Extend<(String, V)> + IntoIterator<Item = (String, V)>,
    V: Deserialize<'de>,
{
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<M, A::Error> {
        let mut out = M::default();
        while let Some(key) = map.next_key_seed(Key(&self.keep))? {
            match key {
                Some(key) => out.extend([(key, map.next_value()?)]),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(out)
    }
}

/// A key; `None` for one that is not kept.
struct Key<'k, F>(&'k F);

impl<'de, F: Fn(&str) -> bool> DeserializeSeed<'de> for Key<'_, F> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        input.deserialize_str(self)
    }
}

impl<'de, F: Fn(&str) -> bool> Visitor<'de> for Key<'_, F> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok((self.0)(name).then(|| name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use assay_core::{Gap, GapState};
    use serde_json::json;

    fn doc() -> Resource {
        let mut doc = Resource::new("T", "id", "aws", "1", "r", "n");
        doc.tags = Some(BTreeMap::from([("k".to_owned(), "v".to_owned())]));
        doc.properties.insert("A".into(), json!({"B": [1, null, "x"]}));
        doc.properties.insert("C".into(), json!(null));
        doc.derived.insert("d".into(), json!([1]));
        doc.derived.insert("e".into(), json!(2));
        for pointer in ["/A/B/0", "/C", "tags", "derived/d", "derived/e/1"] {
            doc.gaps.insert(pointer.into(), Gap::new(GapState::Denied, pointer));
        }
        doc
    }

    #[test]
    fn nothing_named_is_everything() {
        let mut written = doc();
        let text = serde_json::to_vec(&written).unwrap();
        assert_eq!(document(&text, None).unwrap(), written);
        written.sources.insert("A".into(), "call".into());
        let text = serde_json::to_vec(&written).unwrap();
        assert_eq!(document(&text, None).unwrap(), doc(), "sources are left out");
    }

    #[test]
    fn only_what_is_named_is_there_and_only_its_gaps() {
        let text = serde_json::to_vec(&doc()).unwrap();
        let some = |names: &[&str]| {
            let wanted = names.iter().map(|n| (*n).to_owned()).collect();
            let doc = document(&text, Some(&wanted)).unwrap();
            let facets: Vec<String> =
                doc.properties.keys().chain(doc.derived.keys()).cloned().collect();
            (
                facets.join(" "),
                doc.tags.is_some(),
                doc.gaps.into_keys().collect::<Vec<_>>().join(" "),
            )
        };
        assert_eq!(some(&[]), (String::new(), false, String::new()));
        assert_eq!(some(&["A"]), ("A".into(), false, "/A/B/0".into()));
        assert_eq!(some(&["C", "tags"]), ("C".into(), true, "/C tags".into()));
        assert_eq!(some(&["derived/e"]), ("e".into(), false, "derived/e/1".into()));
    }

    #[test]
    fn what_is_no_document_is_an_error() {
        for bad in ["[]", "{}", r#"{"id":"x"}"#, "nope", r#"{"id":1}"#, r#"{"id":"x","id":"x"}"#] {
            assert!(document(bad.as_bytes(), None).is_err(), "{bad}");
        }
        let mut text = serde_json::to_vec(&doc()).unwrap();
        text.extend(b" x");
        assert!(document(&text, None).is_err(), "something follows");
    }
}
