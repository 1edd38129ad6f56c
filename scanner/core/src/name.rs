//! Short texts that many records repeat.

use std::borrow::Borrow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a provider, an account, a region or a type, as the records of a manifest repeat it.
///
/// A thousand accounts have a million listings with four names each, and few different ones: those
/// that one thread reads lie in memory once. It is a text in every other respect.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The names that a thread holds are looked through once there are twice as many as were in use.
const FEW: usize = 1 << 12;

/// The names of a thread.
struct Names {
    all: HashSet<Arc<str>>,
    /// So many may there be before those that nobody uses any more are let go.
    most: usize,
}

impl Names {
    fn get(&mut self, text: &str) -> Name {
        if let Some(found) = self.all.get(text) {
            return Name(Arc::clone(found));
        }
        if self.all.len() >= self.most {
            self.all.retain(|name| Arc::strong_count(name) > 1);
            self.most = FEW.max(self.all.len() * 2);
        }
        let new: Arc<str> = text.into();
        self.all.insert(Arc::clone(&new));
        Name(new)
    }
}

thread_local! {
    static NAMES: RefCell<Names> = RefCell::new(Names { all: HashSet::new(), most: FEW });
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        // While a thread ends, its names are gone: then this one is alone.
        let shared = NAMES.try_with(|names| names.try_borrow_mut().ok().map(|mut n| n.get(text)));
        shared.ok().flatten().unwrap_or_else(|| Self(text.into()))
    }
}

impl From<&String> for Name {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl From<&Self> for Name {
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.as_str().to_owned()
    }
}

impl From<&Name> for String {
    fn from(name: &Name) -> Self {
        name.as_str().to_owned()
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), f)
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Name {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<Name> for str {
    fn eq(&self, other: &Name) -> bool {
        self == other.as_str()
    }
}

impl PartialEq<Name> for &str {
    fn eq(&self, other: &Name) -> bool {
        *self == other.as_str()
    }
}

impl PartialEq<Name> for String {
    fn eq(&self, other: &Name) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Name;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E>(self, text: &str) -> Result<Name, E> {
                Ok(text.into())
            }
        }
        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_lie_in_memory_once() {
        let read: Vec<Name> = serde_json::from_str(r#"["eu-west-1","\u0065u-west-1"]"#).unwrap();
        assert!(Arc::ptr_eq(&read[0].0, &read[1].0));
        assert!(Arc::ptr_eq(&read[0].0, &Name::from("eu-west-1".to_owned()).0));
        assert_eq!(serde_json::to_string(&read[..1]).unwrap(), r#"["eu-west-1"]"#);
    }

    #[test]
    fn names_that_nobody_uses_are_let_go() {
        let mut names = Names { all: HashSet::new(), most: FEW };
        let kept = names.get("kept");
        for n in 0..3 * FEW {
            names.get(&n.to_string());
        }
        assert!(names.all.len() <= FEW, "{}", names.all.len());
        assert!(Arc::ptr_eq(&kept.0, &names.get("kept").0));
    }
}
