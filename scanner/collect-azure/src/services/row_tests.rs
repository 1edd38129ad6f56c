use super::*;
use assay_core::Resource;
use serde_json::json;

fn def(kind: &str, facets: Value) -> TypeDef {
    TypeDef::from_value(&json!({
        "type": kind, "title": "t", "doc": "d",
        "listing": {"scope": "global", "operation": "Microsoft.X:read"},
        "tags": true, "facets": facets,
    }))
    .unwrap()
}

fn filled(def: &TypeDef, row: &Value, others: &[&str]) -> Resource {
    let mut draft = Draft::new(Resource::new(&def.name, "/x", "azure", "s", "westeurope", "x"));
    fill(&mut draft, def, row, others, "c1", &str::to_lowercase);
    draft.resource
}

#[test]
fn members_of_properties_and_of_the_envelope() {
    let facets = json!({
        "httpsOnly": "boolean?", "identity": "any", "kind": "string?", "envelope.kind": "string?",
    });
    let def = def("Microsoft.Web/sites", facets);
    let row = json!({
        "kind": "app,linux", "identity": {"type": "SystemAssigned"},
        "properties": {"httpsOnly": true, "kind": "inner"}, "tags": {"a": "b"},
    });
    let r = filled(&def, &row, &[]);
    assert_eq!(
        Value::Object(r.properties),
        json!({
            "httpsOnly": true, "identity": {"type": "SystemAssigned"}, "kind": "inner",
            "envelope.kind": "app,linux",
        })
    );
    assert_eq!(r.tags.unwrap()["a"], "b");
}

#[test]
fn what_a_whole_object_leaves_out_is_absent_and_what_others_give_is_not_touched() {
    let def = def("Microsoft.X/y", json!({"a": "string?", "child": "any"}));
    let r = filled(&def, &json!({"properties": {}}), &["child"]);
    assert_eq!(Value::Object(r.properties), json!({"a": null}));
    assert!(r.gaps.is_empty());
    assert_eq!(r.tags.unwrap().len(), 0);
}

#[test]
fn an_object_without_properties_says_nothing() {
    let def = def("Microsoft.X/y", json!({"a": "string?", "sku": "any"}));
    let r = filled(&def, &json!({"id": "/x", "sku": {"name": "S"}}), &[]);
    assert!(r.properties.is_empty());
    assert_eq!(r.gaps.len(), 2);
}

#[test]
fn broken_tags_are_unknown() {
    let def = def("Microsoft.X/y", json!({"a": "string?"}));
    for tags in [json!([]), json!({"a": 1})] {
        let r = filled(&def, &json!({"properties": {}, "tags": tags}), &[]);
        assert!(r.tags.is_none() && r.gaps.contains_key("tags"), "{tags}");
    }
}

#[test]
fn spelling_is_the_type_files() {
    let facets = json!({"e": {"nullable": true, "object": {
        "keySource": {"enum": ["Microsoft.Keyvault", "Microsoft.Storage"]},
        "keyVaultProperties?": {"object": {"keyVaultUri?": "string"}},
        "gone?": "string",
    }}});
    let def = def("Microsoft.X/y", facets);
    let row = json!({"properties": {"E": {
        "keysource": "microsoft.keyvault", "keyvaultproperties": {"keyvaulturi": "u"},
        "gone": null, "other": 1,
    }}});
    assert_eq!(
        filled(&def, &row, &[]).properties["e"],
        json!({
            "keySource": "Microsoft.Keyvault", "keyVaultProperties": {"keyVaultUri": "u"},
            "other": 1,
        })
    );
}

#[test]
fn ids_are_spelled_as_documents_spell_theirs() {
    let def = def(
        "Microsoft.X/y",
        json!({"refs": "any", "text": "string?", "one": {"one_of": ["string", {"list": "string"}]}}),
    );
    let row = json!({"properties": {
        "refs": [{"id": "/Subscriptions/AA/x"}, {"m": {"k": "/PROVIDERS/B"}}],
        "text": "See /Subscriptions/AA", "one": ["/SUBSCRIPTIONS/C"],
    }});
    let r = filled(&def, &row, &[]);
    assert_eq!(
        Value::Object(r.properties),
        json!({
            "refs": [{"id": "/subscriptions/aa/x"}, {"m": {"k": "/providers/b"}}],
            "text": "See /Subscriptions/AA", "one": ["/subscriptions/c"],
        })
    );
}

#[test]
fn two_spellings_at_once_are_not_chosen_between() {
    let words = [json!("Allow"), json!("ALLOW")];
    assert_eq!(word(&words, "allow".to_owned()), "allow");
    let map = json!({"Aa": 1, "aA": 2});
    assert_eq!(named(map.as_object().unwrap(), "aa"), None);
}

#[test]
fn folded_children() {
    let same: Canonical<'_> = &str::to_owned;
    let rows = [json!({"name": "r", "id": "/r", "properties": {"startIpAddress": "0.0.0.0"}})];
    assert_eq!(
        children(None, &rows, same).unwrap(),
        json!([{"id": "/r", "name": "r", "startIpAddress": "0.0.0.0"}])
    );
    assert_eq!(children(None, &[json!({"name": "r"})], same), None);
    assert_eq!(child(None, &json!({"properties": {"a": 1}}), same).unwrap(), json!({"a": 1}));
    assert_eq!(child(None, &json!({"value": []}), same), None);
    let row = json!({"properties": {"rotationpolicy": 1}});
    assert_eq!(child_member(None, &row, "rotationPolicy", same), Some(json!(1)));
    assert_eq!(child_member(None, &row, "kty", same), Some(Value::Null));
    assert_eq!(child_member(None, &json!({}), "kty", same), None);
}
