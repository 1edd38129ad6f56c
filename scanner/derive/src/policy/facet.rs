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
/// grants, every, anyone, public, narrowed_by, external_accounts}`. `actions` is empty where `not_actions` is not;
/// `principals` is null where the statement has none. `services` are the services of which it
/// selects every action, `grants` the actions of [`ASKED`] that it selects, `every` the kinds of
/// resources (`iam:role`, `kms:key`, `cloudtrail:trail`) of which it selects each one of the owner.
///
/// # Errors
/// See [`statements`].
pub fn statements_json(document: &Value, owner: &str) -> Result<Vec<Value>, PolicyError> {
    let list = statements(document)?;
    let exposures = exposures(&list, owner);
    Ok(list.iter().zip(&exposures).map(|(s, e)| one(s, e, owner)).collect())
}

/// Actions by name that rules ask for: a pattern is easily read wrongly, so it is read here.
pub const ASKED: &[&str] = &[
    "cloudtrail:deletetrail",
    "cloudtrail:puteventselectors",
    "cloudtrail:stoplogging",
    "cloudtrail:updatetrail",
    "iam:passrole",
    "kms:decrypt",
    "kms:reencryptfrom",
    "sts:assumerole",
    "sts:assumerolewithsaml",
    "sts:assumerolewithwebidentity",
];

/// Kinds of resources of which a statement may select each one of an account.
fn every(s: &Statement, owner: &str) -> Vec<&'static str> {
    let covers = |pattern: String| s.resources.as_ref().is_none_or(|r| r.covers(&pattern));
    [
        ("cloudtrail:trail", format!("arn:aws:cloudtrail:*:{owner}:trail/*")),
        ("iam:role", format!("arn:aws:iam::{owner}:role/*")),
        ("kms:key", format!("arn:aws:kms:*:{owner}:key/*")),
    ]
    .into_iter()
    .filter(|(_, pattern)| covers(pattern.clone()))
    .map(|(kind, _)| kind)
    .collect()
}

fn one(s: &Statement, e: &Exposure, owner: &str) -> Value {
    let mut m = Map::new();
    let mut put = |k: &str, v: Value| m.insert(k.to_owned(), v);
    put("sid", json!(s.sid));
    put("at", json!(s.at));
    put("effect", json!(if s.effect == Effect::Allow { "allow" } else { "deny" }));
    put("digest", json!(s.digest()));
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
    let grants: Vec<&str> = ASKED.iter().copied().filter(|a| s.actions.covers(a)).collect();
    put("grants", json!(grants));
    put("every", json!(every(s, owner)));
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
            let name = policy_name(&doc.properties, &at);
            for mut s in statements_json(document, &doc.account).map_err(|e| e.gap())? {
                if let Some(map) = s.as_object_mut() {
                    let place = map.get("at").and_then(Value::as_str).unwrap_or_default();
                    let place = format!("{at}{place}");
                    map.insert("at".to_owned(), json!(place));
                    map.insert("policy".to_owned(), name.clone());
                }
                out.push(s);
            }
        }
        Ok(Value::Array(out))
    }
}

/// The name of the policy that holds a document (`PolicyName` beside it), or null.
fn policy_name(properties: &Map<String, Value>, at: &str) -> Value {
    let mut steps = at.split('/').skip(1);
    let holder = steps.next().and_then(|f| properties.get(f));
    let parent = steps.take(1).try_fold(holder, |v, step| match v {
        Some(Value::Array(list)) => step.parse::<usize>().ok().map(|i| list.get(i)),
        other => Some(other),
    });
    parent.flatten().and_then(|p| p.get("PolicyName")).cloned().unwrap_or(Value::Null)
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
