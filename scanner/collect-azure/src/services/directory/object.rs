//! From an object as Microsoft Graph writes it to the facets of a document.
//!
//! Graph answers with the members that `$select` asks for. One that has no value comes as `null` or
//! not at all (`signInActivity` of who never signed in): in an answer it is known to be absent.

use assay_collect::{Draft, Facet};
use assay_core::TypeDef;
use assay_core::typedef::Shape;
use serde_json::{Map, Value};

use crate::Cx;
use crate::services::row::spelled;

/// The document of an object, filled with what it says: every facet of the type file but those that
/// other calls give. `None`: it has no id.
pub(crate) fn document(
    cx: &Cx,
    def: &TypeDef,
    object: &Value,
    others: &[&str],
    call: &str,
) -> Option<Draft> {
    let id = object.get("id")?.as_str().filter(|id| !id.is_empty())?;
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    let name = text("userPrincipalName").or_else(|| text("displayName")).unwrap_or(id);
    let kind = def.name.rsplit('/').next().unwrap_or(&def.name);
    let mut draft = cx.resource(&def.name, cx.graph_id(kind, id), name);
    fill(&mut draft, def, object, others, call);
    Some(draft)
}

fn fill(draft: &mut Draft, def: &TypeDef, object: &Value, others: &[&str], call: &str) {
    for (facet, shape) in def.facets.iter().filter(|(f, _)| !others.contains(&f.as_str())) {
        let value = bare(object.get(facet).cloned().unwrap_or(Value::Null));
        draft.set(facet, Facet::known(spelled(Some(&shape.shape), value, &str::to_owned), call));
    }
}

/// An object that is a facet as a whole.
pub(crate) fn one(shape: &Shape, object: &Value) -> Option<Value> {
    object.is_object().then(|| spelled(Some(shape), bare(object.clone()), &str::to_owned))
}

/// A member of an object that is a facet. `None`: the object lacks it.
pub(crate) fn one_member(shape: &Shape, object: &Value, name: &str) -> Option<Value> {
    Some(spelled(Some(shape), bare(object.get(name)?.clone()), &str::to_owned))
}

/// A list of objects that is a facet as a whole. `None`: one of them is no object.
pub(crate) fn many(shape: &Shape, objects: &[Value]) -> Option<Value> {
    let all: Option<Vec<Value>> =
        objects.iter().map(|o| o.is_object().then(|| bare(o.clone()))).collect();
    Some(spelled(Some(shape), Value::Array(all?), &str::to_owned))
}

/// Without OData's own notes, but for the type of an object in a mixed list.
fn bare(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept: Map<String, Value> = map
                .into_iter()
                .filter(|(k, _)| k == "@odata.type" || !k.contains("@odata."))
                .map(|(k, v)| (k, bare(v)))
                .collect();
            Value::Object(kept)
        }
        Value::Array(list) => Value::Array(list.into_iter().map(bare).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_core::Resource;
    use assay_core::typedef::{Kind, Scalar};
    use serde_json::json;

    const ANY: Shape = Shape { nullable: true, kind: Kind::Scalar(Scalar::Any) };

    #[test]
    fn what_an_answer_leaves_out_is_absent() {
        let facets = json!({
            "accountEnabled": "boolean?", "signInActivity": "any", "perUserMfaState": "any",
            "userType": {"nullable": true, "enum": ["Member", "Guest"]},
        });
        let def = TypeDef::from_value(&json!({
            "type": "Microsoft.Graph/users", "title": "t", "doc": "d", "tags": false,
            "listing": {"scope": "global", "operation": "MicrosoftGraph:users"},
            "facets": facets,
        }))
        .unwrap();
        let mut draft = Draft::new(Resource::new(&def.name, "u", "azure", "t", "global", "u"));
        let object =
            json!({"@odata.id": "x", "id": "1", "accountEnabled": true, "userType": "guest"});
        fill(&mut draft, &def, &object, &["perUserMfaState"], "c");
        assert_eq!(
            Value::Object(draft.resource.properties),
            json!({"accountEnabled": true, "signInActivity": null, "userType": "Guest"})
        );
    }

    #[test]
    fn notes_of_the_protocol_are_dropped_but_for_the_type() {
        let list =
            [json!({"@odata.type": "#microsoft.graph.user", "id": "1", "x@odata.context": "c"})];
        assert_eq!(
            many(&ANY, &list).unwrap(),
            json!([{"@odata.type": "#microsoft.graph.user", "id": "1"}])
        );
        assert_eq!(many(&ANY, &[json!("x")]), None);
        assert_eq!(one(&ANY, &json!([])), None);
    }
}
