//! What one more call for a resource gives: settings and collections that are folded into its
//! document. A call that failed is a gap of that facet, and of no other.

use assay_collect::{Draft, Facet};
use assay_core::TypeDef;
use assay_core::typedef::Shape;
use serde_json::Value;

use super::row::{self, Canonical};
use crate::{Cx, Operation};

/// Children of one document that are read at the same time.
const AT_ONCE: usize = 8;

/// What a call of its own gives.
pub(crate) struct Child {
    /// The facets: one, but for [`Form::Members`].
    pub(crate) facets: &'static [&'static str],
    /// Reads them for one resource: `{id}/…`, or `{id}/<type>/{name}` with the parent's id where the
    /// resource itself is read.
    pub(crate) read: &'static Operation,
    /// What the answer holds.
    pub(crate) form: Form,
    /// Error codes by which the provider says that the resource has no such thing.
    pub(crate) absent: &'static [&'static str],
    /// Which part of the resource it is, where another child asks by the same operation: calls are
    /// told apart by it.
    pub(crate) part: Option<&'static str>,
}

/// What the answer of a child's call holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    /// One resource: the facet is its `properties`.
    One,
    /// One resource: each facet is the member of its `properties` that has the facet's name.
    Members,
    /// A collection: the facet is a list of `{name, …}`.
    Many,
    /// A collection of which the facet keeps these names only.
    Only(&'static [&'static str]),
    /// A collection that holds one settings resource or nothing: the facet is the `properties` of
    /// that one, or known to be absent.
    Settings,
}

impl Child {
    /// A child of any form that is always there.
    pub(crate) const fn new(
        facets: &'static [&'static str],
        read: &'static Operation,
        form: Form,
    ) -> Self {
        Self { facets, read, form, absent: &[], part: None }
    }

    /// The same, of a part that the operation's name does not tell.
    pub(crate) const fn part(mut self, part: &'static str) -> Self {
        self.part = Some(part);
        self
    }

    /// The same, with codes that mean that there is none.
    pub(crate) const fn absent_on(mut self, codes: &'static [&'static str]) -> Self {
        self.absent = codes;
        self
    }
}

/// The facets that children give.
pub(crate) fn facets_of(children: &[Child]) -> Vec<&'static str> {
    children.iter().flat_map(|c| c.facets).copied().collect()
}

/// Reads the children that the document's type file names.
pub(crate) async fn read(cx: &Cx, children: &'static [Child], mut draft: Draft) -> Draft {
    let Some(def) = cx.type_def(&draft.resource.kind) else { return draft };
    let named = |child: &&Child| child.facets.iter().any(|f| def.facets.contains_key(*f));
    let id = draft.id().to_owned();
    let reads = children.iter().filter(named).map(|child| facets(cx, child, def, &id));
    for (name, value) in cx.bounded(reads, AT_ONCE).await.into_iter().flatten() {
        draft.set(name, value);
    }
    draft
}

/// The values of a child's placeholders.
fn place<'a>(read: &Operation, id: &'a str) -> Vec<(&'static str, &'a str)> {
    let own = || {
        let (above, name) = id.rsplit_once('/')?;
        Some((above.rsplit_once('/')?.0, name))
    };
    match own().filter(|_| read.path.ends_with("/{name}")) {
        Some((parent, name)) => vec![("id", parent), ("name", name)],
        None => vec![("id", id)],
    }
}

async fn facets(
    cx: &Cx,
    child: &'static Child,
    def: &TypeDef,
    id: &str,
) -> Vec<(&'static str, Facet)> {
    let mut params = place(child.read, id);
    params.extend(child.part.map(|part| ("part", part)));
    let ids = |id: &str| cx.canonical(id);
    let wanted: Vec<(&'static str, &Shape)> =
        child.facets.iter().filter_map(|f| Some((*f, &def.facets.get(*f)?.shape))).collect();
    match child.form {
        Form::One | Form::Members => {
            let called = cx.get(child.read, &params).await.or_absent(child.absent);
            let facet = |(name, shape): (&'static str, &Shape)| {
                let value = called.facet(|answer| match answer {
                    None => Some(Value::Null),
                    Some(row) => one(child.form, name, shape, row, &ids),
                });
                (name, value)
            };
            wanted.into_iter().map(facet).collect()
        }
        _ => {
            let called = cx.list(child.read, &params).await.or_absent(child.absent);
            let facet = |(name, shape): (&'static str, &Shape)| {
                let value = called.facet(|answer| match answer {
                    None => Some(Value::Null),
                    Some(rows) => many(child.form, shape, rows, &ids),
                });
                (name, value)
            };
            wanted.into_iter().map(facet).collect()
        }
    }
}

fn one(form: Form, name: &str, shape: &Shape, row: &Value, ids: Canonical<'_>) -> Option<Value> {
    match form {
        Form::Members => row::child_member(Some(shape), row, name, ids),
        _ => row::child(Some(shape), row, ids),
    }
}

fn many(form: Form, shape: &Shape, rows: &[Value], ids: Canonical<'_>) -> Option<Value> {
    let called = |row: &Value, name: &str| {
        row.get("name").and_then(Value::as_str).is_some_and(|n| n.eq_ignore_ascii_case(name))
    };
    match form {
        Form::Only(names) => {
            // A row without a name is kept, and then has no place in the list: it may be one of
            // those that were asked for.
            let kept = |row: &&Value| {
                row.get("name").is_none() || names.iter().any(|name| called(row, name))
            };
            let kept: Vec<Value> = rows.iter().filter(kept).cloned().collect();
            row::children(Some(shape), &kept, ids)
        }
        Form::Settings => {
            let mut default = rows.iter().filter(|row| called(row, "default"));
            match (rows, default.next(), default.next()) {
                ([], ..) => Some(Value::Null),
                ([only], ..) | (_, Some(only), None) => row::child(Some(shape), only, ids),
                _ => None,
            }
        }
        _ => row::children(Some(shape), rows, ids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_core::typedef::{Kind, Scalar};
    use serde_json::json;

    fn read(form: Form, rows: &[Value]) -> Option<Value> {
        let any = Shape { nullable: true, kind: Kind::Scalar(Scalar::Any) };
        many(form, &any, rows, &str::to_owned)
    }

    #[test]
    fn settings_are_the_only_one_or_the_default_one() {
        let row = |name: &str, v: u8| json!({"name": name, "properties": {"v": v}});
        assert_eq!(read(Form::Settings, &[]), Some(Value::Null));
        assert_eq!(read(Form::Settings, &[row("current", 1)]), Some(json!({"v": 1})));
        assert_eq!(read(Form::Settings, &[row("a", 1), row("Default", 2)]), Some(json!({"v": 2})));
        assert_eq!(read(Form::Settings, &[row("a", 1), row("b", 2)]), None);
    }

    #[test]
    fn of_a_collection_only_some_names_are_kept() {
        let rows = [
            json!({"name": "log_connections", "properties": {"value": "on"}}),
            json!({"name": "other", "properties": {"value": "x"}}),
        ];
        let kept = read(Form::Only(&["LOG_connections"]), &rows).unwrap();
        assert_eq!(kept, json!([{"name": "log_connections", "value": "on"}]));
        assert_eq!(read(Form::Only(&["a"]), &[json!({"properties": {}})]), None);
    }
}
