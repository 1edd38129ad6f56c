//! What Microsoft Graph does to a collection on its way out: relations come along only where the
//! query asks for them, cut off without a word.

use serde_json::Value;

use super::Estate;
use super::answer::put;

/// Related objects that come along at most.
const EXPANDED: usize = 20;
/// Relations that files write into their objects.
const RELATIONS: [&str; 1] = ["owners"];

/// The members of a collection as the query gets them.
pub(super) fn shown(mut members: Vec<Value>, query: &str) -> Vec<Value> {
    for member in &mut members {
        for relation in RELATIONS {
            let asked = query.contains(&format!("$expand={relation}"));
            let all = member.get(relation).and_then(Value::as_array).cloned();
            if let Some(mut all) = all.filter(|_| asked) {
                all.truncate(EXPANDED);
                put(member, relation, all.into());
            } else if let Some(object) = member.as_object_mut() {
                object.remove(relation);
            }
        }
    }
    members
}

impl Estate {
    /// A relation of an object of a collection (`/v1.0/applications/<id>/owners`), whole.
    pub(super) fn related(&self, path: &str) -> Option<Value> {
        let (object, relation) = path.rsplit_once('/')?;
        let relation = RELATIONS.into_iter().find(|r| *r == relation)?;
        let (collection, id) = object.rsplit_once('/')?;
        let members = self.find(collection, true)?;
        let is = |m: &&Value| {
            m.get("id").and_then(Value::as_str).is_some_and(|i| i.eq_ignore_ascii_case(id))
        };
        let found = members.as_array()?.iter().find(is)?.get(relation)?.clone();
        Some(found)
    }
}
