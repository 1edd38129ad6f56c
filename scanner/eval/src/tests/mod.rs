//! A small content and a small estate, and what must hold of them.

mod evaluating;
mod judging;
mod loading;
mod property;
mod turning;

use assay_core::{Listing, ListingState, Resource, TypeRegistry, Verdict};
use assay_policies::Content;
use assay_snapshot::Memory;
use serde_json::{Value, json};

use crate::{Library, Params, RuleSet, evaluate};

const BUCKET: &str = "type: AWS::S3::Bucket
title: bucket
doc: https://example.com/
listing: {scope: global, operation: s3:ListBuckets}
tags: true
facets:
  Status: {nullable: true, enum: [on, 'off']}
  Grants: {list: {object: {Who: string, 'What?': string}}}
  Other: string
derived:
  secrets: {list: string}
";

const TRAIL: &str = "type: AWS::CloudTrail::Trail
title: trail
doc: https://example.com/
listing: {scope: regional, operation: cloudtrail:DescribeTrails}
tags: true
facets:
  IsLogging: boolean
  Name: string
";

const ACCOUNT: &str = "type: Assay::AWS::Account
title: account
doc: https://example.com/
listing: {scope: global, operation: sts:GetCallerIdentity}
tags: false
facets:
  AccountId: string
";

/// A rule's file.
fn rule(id: &str, resource: &str, extra: &str, name: &str, body: &str) -> String {
    format!(
        "# METADATA
# title: A weakness
# description: Why it matters.
# scope: package
# custom:
#   id: {id}
#   severity: high
#   objective: a.b
#   resource: {resource}
#   remediation: {{text: Do it.}}
{extra}package rules.aws.s3.{name}

import rego.v1

{body}"
    )
}

const STATUS: &str = r#"pass if input.properties.Status == "on"

fail contains {"message": "off", "at": "/Status"} if input.properties.Status == "off"

fail contains {"message": "unset", "at": "/Status"} if input.properties.Status == null

not_applicable contains {"reason": "exempt"} if input.tags.exempt == "yes"
"#;

const TRAILS: &str = r#"logging := [t | some t in input.related["AWS::CloudTrail::Trail"]; t.properties.IsLogging == true]

pass if count(logging) > 0

fail contains {"message": "no trail", "at": ""} if count(logging) == 0
"#;

const GRANTS: &str = r#"pass if {
	every g in input.properties.Grants {
		g.Who in input.params.known
	}
}

fail contains {"message": sprintf("%s is unknown", [g.Who]), "at": "/Grants", "key": g.Who} if {
	some g in input.properties.Grants
	not g.Who in input.params.known
}
"#;

/// A content of three types and three rules.
fn content() -> Content {
    let mut c = Content::default();
    c.insert("types/aws/AWS-S3-Bucket.yaml".into(), BUCKET.into());
    c.insert("types/aws/AWS-CloudTrail-Trail.yaml".into(), TRAIL.into());
    c.insert("types/aws/Assay-AWS-Account.yaml".into(), ACCOUNT.into());
    c.insert(
        "objectives.yaml".into(),
        "- {id: a.b, title: Good, controls: [{framework: f, control: C1, decisive: true}]}\n"
            .into(),
    );
    c.insert(
        "frameworks/f.yaml".into(),
        "id: f\ntitle: F\ncoverage: all\ncontrols: [{id: C1, title: T, assessability: automated, why: w, sources: [cloud]}]\n".into(),
    );
    let related = "#   related:\n#     - {type: AWS::CloudTrail::Trail, scope: account, facets: [IsLogging]}\n";
    let params = "#   params:\n#     known: {type: strings, description: Known people.}\n";
    for (name, text) in [
        ("status", rule("AWS-S3-001", "AWS::S3::Bucket", "", "status", STATUS)),
        ("trails", rule("AWS-S3-002", "Assay::AWS::Account", related, "trails", TRAILS)),
        ("grants", rule("AWS-S3-003", "AWS::S3::Bucket", params, "grants", GRANTS)),
    ] {
        c.insert(format!("rules/aws/s3/{name}.rego"), text.into());
    }
    c
}

fn library() -> Library {
    Library::load(&content()).unwrap_or_else(|e| panic!("{e:?}"))
}

fn document(kind: &str, region: &str, name: &str, properties: Value) -> Resource {
    let id = format!("arn:aws:x:{region}:1:{name}");
    let mut r = Resource::new(kind, id, "aws", "1", region, name);
    r.tags = Some(std::collections::BTreeMap::new());
    r.properties = properties.as_object().unwrap().clone();
    for facet in r.properties.keys() {
        r.sources.insert(facet.clone(), format!("call/{kind}/{facet}"));
    }
    r
}

fn bucket(name: &str, properties: Value) -> Resource {
    document("AWS::S3::Bucket", "eu-west-1", name, properties)
}

/// Two buckets, a trail, an account.
fn documents() -> Vec<Resource> {
    vec![
        bucket("a", json!({"Status": "on", "Grants": [{"Who": "me"}], "Other": "x"})),
        bucket(
            "b",
            json!({"Status": "off", "Grants": [{"Who": "me"}, {"Who": "you"}], "Other": "x"}),
        ),
        document(
            "AWS::CloudTrail::Trail",
            "eu-west-1",
            "t",
            json!({"IsLogging": true, "Name": "t"}),
        ),
        document("Assay::AWS::Account", "global", "acc", json!({"AccountId": "1"})),
    ]
}

fn source(types: &TypeRegistry, documents: Vec<Resource>) -> Memory {
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    Memory::new(types, documents, Vec::new(), now).unwrap()
}

fn listing<'a>(memory: &'a mut Memory, kind: &str) -> &'a mut Listing {
    memory.manifest_mut().listings.iter_mut().find(|l| l.kind == kind).unwrap()
}

fn cut(memory: &mut Memory, kind: &str) {
    listing(memory, kind).state = ListingState::Partial;
}

fn params() -> Params {
    let known = std::collections::BTreeMap::from([("known".to_owned(), json!(["me"]))]);
    Params::from([("AWS-S3-003".to_owned(), known)])
}

fn verdicts(memory: &Memory, params: &Params) -> Vec<Verdict> {
    let library = library();
    let set = RuleSet::new(&library, params).unwrap();
    let mut out = Vec::new();
    evaluate(&set, memory, &mut |v, _| out.push(v)).unwrap();
    out
}

/// The verdict of a rule on the document with a name.
fn of<'v>(verdicts: &'v [Verdict], rule: &str, name: &str) -> &'v Verdict {
    verdicts.iter().find(|v| v.rule == rule && v.name == name).unwrap()
}
