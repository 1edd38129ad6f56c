//! The derived facet `statements`: the policies of a document as rules see them.

use assay_core::{Gap, Resource};
use serde_json::{Map, Value, json};

use super::document::{Effect, Selector, Statement, statements};
use super::exposure::{Exposure, exposures};
use super::{PolicyError, pattern};
use crate::{Deriver, Need, World};

/// The statements of a policy document as rules see them. `owner` is the account of the resource
/// that the policy belongs to.
///
/// Each one is `{sid, at, effect: "allow" | "deny", digest, actions, not_actions, resources,
/// not_resources, principals, not_principals, conditions, all_actions, all_resources, services,
/// anyone, public, narrowed_by, external_accounts}`. `actions` is empty where `not_actions` is not;
/// `principals` is null where the statement has none. `services` are the services of which it
/// selects every action.
///
/// # Errors
/// See [`statements`].
pub fn statements_json(document: &Value, owner: &str) -> Result<Vec<Value>, PolicyError> {
    let list = statements(document)?;
    let exposures = exposures(&list, owner);
    Ok(list.iter().zip(&exposures).map(|(s, e)| one(s, e)).collect())
}

fn one(s: &Statement, e: &Exposure) -> Value {
    let mut m = Map::new();
    let mut put = |k: &str, v: Value| m.insert(k.to_owned(), v);
    put("sid", json!(s.sid));
    put("at", json!(s.at));
    put("effect", json!(if s.effect == Effect::Allow { "allow" } else { "deny" }));
    put("digest", json!(s.digest));
    let (yes, no) = split(Some(&s.actions));
    put("actions", yes);
    put("not_actions", no);
    let (yes, no) = split(s.resources.as_ref());
    put("resources", yes);
    put("not_resources", no);
    put("principals", s.principals.as_ref().map_or(Value::Null, super::Principals::json));
    put("not_principals", s.not_principals.as_ref().map_or(Value::Null, super::Principals::json));
    put("conditions", s.conditions.iter().map(super::Condition::json).collect());
    put("all_actions", json!(s.actions.everything()));
    put("all_resources", json!(s.all_resources()));
    put("services", json!(whole_services(&s.actions)));
    put("anyone", json!(e.anyone));
    put("public", json!(e.public));
    put("narrowed_by", json!(e.narrowed_by));
    put("external_accounts", json!(e.external_accounts));
    Value::Object(m)
}

fn split(s: Option<&Selector>) -> (Value, Value) {
    match s {
        None => (json!([]), json!([])),
        Some(s) if s.not => (json!([]), json!(s.patterns)),
        Some(s) => (json!(s.patterns), json!([])),
    }
}

/// Services of which every action is selected by name: `svc:*`, and for `NotAction` none, since
/// all but a few services would be listed.
fn whole_services(actions: &Selector) -> Vec<&str> {
    if actions.not {
        return Vec::new();
    }
    let mut out: Vec<&str> = actions
        .patterns
        .iter()
        .filter_map(|p| p.split_once(':'))
        .filter(|(service, rest)| !pattern::has_wildcard(service) && pattern::covers(rest, "*"))
        .map(|(service, _)| service)
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}

/// A deriver of `statements` (or of another name) for types that hold policy documents.
#[derive(Debug)]
pub struct Statements {
    /// The derived facet's name.
    pub name: &'static str,
    /// The types.
    pub types: &'static [&'static str],
    /// The facets that hold documents; each is also a pointer that is read.
    pub reads: &'static [&'static str],
    /// Where the documents lie, as pointers with `*` for each member of a list.
    pub documents: &'static [&'static str],
}

impl Deriver for Statements {
    fn name(&self) -> &'static str {
        self.name
    }

    fn types(&self) -> &'static [&'static str] {
        self.types
    }

    fn reads(&self) -> &'static [&'static str] {
        self.reads
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let mut out = Vec::new();
        for (at, document) in self.documents.iter().flat_map(|p| find(&doc.properties, p)) {
            for mut s in statements_json(document, &doc.account).map_err(|e| e.gap())? {
                if let Some(place) = s.get_mut("at") {
                    *place = json!(format!("{at}{}", place.as_str().unwrap_or_default()));
                }
                out.push(s);
            }
        }
        Ok(Value::Array(out))
    }
}

/// The documents at a pointer, each with its own. A `null` on the way is known to be absent.
fn find<'a>(properties: &'a Map<String, Value>, pointer: &str) -> Vec<(String, &'a Value)> {
    let mut steps = pointer.split('/').skip(1);
    let first = steps.next().unwrap_or_default();
    let mut found: Vec<(String, &Value)> =
        properties.get(first).map(|v| (format!("/{first}"), v)).into_iter().collect();
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|(at, v)| match (step, v) {
                ("*", Value::Array(list)) => {
                    list.iter().enumerate().map(|(i, v)| (format!("{at}/{i}"), v)).collect()
                }
                (_, Value::Object(map)) => {
                    map.get(step).map(|v| (format!("{at}/{step}"), v)).into_iter().collect()
                }
                _ => Vec::new(),
            })
            .collect();
    }
    found.retain(|(_, v)| !v.is_null());
    found
}

/// `statements` of types with one policy document. Others add their type and pointer here.
pub static STATEMENTS: &[Statements] = &[
    Statements {
        name: "statements",
        types: &["AWS::S3::Bucket"],
        reads: &["/BucketPolicy"],
        documents: &["/BucketPolicy/PolicyDocument"],
    },
    Statements {
        name: "statements",
        types: &["AWS::KMS::Key"],
        reads: &["/KeyPolicy"],
        documents: &["/KeyPolicy"],
    },
    Statements {
        name: "statements",
        types: &["AWS::EC2::VPCEndpoint"],
        reads: &["/PolicyDocument"],
        documents: &["/PolicyDocument"],
    },
    // The inline policies of a principal.
    Statements {
        name: "statements",
        types: &["AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role"],
        reads: &["/Policies"],
        documents: &["/Policies/*/PolicyDocument"],
    },
    Statements {
        name: "trust",
        types: &["AWS::IAM::Role"],
        reads: &["/AssumeRolePolicyDocument"],
        documents: &["/AssumeRolePolicyDocument"],
    },
    Statements {
        name: "statements",
        types: &["AWS::IAM::ManagedPolicy"],
        reads: &["/PolicyDocument"],
        documents: &["/PolicyDocument"],
    },
];
