//! Real objects of Resource Manager, recorded by others, where they lie beside the repository
//! (`../shared/recorded/azure`). None is copied into it.

use std::collections::BTreeMap;

use assay_collect::Draft;
use assay_core::manifest::{Manifest, Scope, SnapshotState};
use assay_core::tailoring::Tailoring;
use assay_core::typedef::TypeDef;
use assay_core::verdict::CauseKind;
use assay_core::{Listing, ListingState, Resource, Status};
use assay_eval::Library;
use assay_eval::property::{Bench, Estate};
use assay_policies::Content;
use serde_json::{Map, Value, json};

use super::support::*;
use crate::id;
use crate::services::row;

/// Facets that other calls give, by type.
const CHILDREN: &[&str] = &[
    "blobServices",
    "diagnosticSettings",
    "kty",
    "keySize",
    "keyOps",
    "rotationPolicy",
    "firewallRules",
    "ipv6FirewallRules",
    "auditingSettings",
    "vulnerabilityAssessments",
    "sqlVulnerabilityAssessments",
    "encryptionProtector",
    "securityAlertPolicies",
    "fileServices",
    "containers",
    "authsettingsV2",
    "transparentDataEncryption",
    "configurations",
    "config",
    "basicPublishingCredentialsPolicies",
    "roleAssignmentScheduleInstance",
];

/// What recorded objects of old API versions say otherwise than the version that is read.
const OLD: &[(&str, &str)] = &[
    // 2014-04-01 calls the state of encryption `status`.
    ("microsoft.sql/servers/databases/transparentdataencryption", "state"),
];

/// The recorded objects by their type in lower case.
#[allow(clippy::print_stderr, reason = "a test says what it skips")]
fn recorded() -> BTreeMap<String, Value> {
    let folder = root().join("../shared/recorded/azure/cloud-custodian-recorded");
    let Ok(files) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: {} is not there", folder.display());
        return BTreeMap::new();
    };
    let files = files.map(|f| f.unwrap().path());
    files
        .map(|file| {
            let text = std::fs::read_to_string(&file).unwrap();
            let stem = file.file_stem().unwrap().to_str().unwrap().replace("__", "/");
            (stem, serde_json::from_str(&text).unwrap())
        })
        .collect()
}

fn canonical(id: &str) -> String {
    id::canonical(id, |_| None)
}

fn draft(kind: &str, row: &Value) -> Draft {
    let id = canonical(row["id"].as_str().unwrap_or("/x"));
    let name = row["name"].as_str().unwrap_or("x");
    Draft::new(Resource::new(kind, id, "azure", SHOP, "global", name))
}

/// Without regard to how an id is spelled.
fn alike(value: &Value) -> Value {
    serde_json::from_str(&value.to_string().to_lowercase()).unwrap()
}

#[test]
fn nothing_of_an_object_is_lost() {
    for (kind, row) in recorded() {
        let Some(inner) = row["properties"].as_object() else { continue };
        // A type file that names everything that the object has.
        let mut facets: Map<String, Value> =
            inner.keys().map(|k| (k.clone(), json!("any"))).collect();
        let envelope = row.as_object().unwrap().keys();
        let envelope: Vec<&String> = envelope
            .filter(|k| {
                !["properties", "id", "name", "type", "tags", "location"].contains(&k.as_str())
            })
            .collect();
        facets.extend(envelope.iter().map(|k| (format!("envelope.{k}"), json!("any"))));
        let def = TypeDef::from_value(&json!({
            "type": kind, "title": "t", "doc": "d", "tags": true, "facets": facets,
            "listing": {"scope": "global", "operation": "x:y"},
        }))
        .unwrap();
        let mut draft = draft(&kind, &row);
        row::fill(&mut draft, &def, &row, &[], "c", &canonical);
        let r = draft.resource;
        assert!(r.gaps.is_empty(), "{kind}: {:?}", r.gaps);
        for (name, value) in inner {
            // Where envelope and properties have a member of one name, both are facets.
            let facet = match (row.get(name), r.properties.get(name)) {
                (Some(outer), Some(have)) if alike(outer) == alike(have) => continue,
                (_, have) => have,
            };
            assert_eq!(facet.map(alike), Some(alike(value)), "{kind}: {name}");
        }
        for name in envelope {
            let facet = &r.properties[&format!("envelope.{name}")];
            assert_eq!(alike(facet), alike(&row[name.as_str()]), "{kind}: {name}");
        }
        assert_eq!(r.tags.unwrap().len(), row["tags"].as_object().map_or(0, Map::len), "{kind}");
    }
}

/// Documents of the recorded objects whose type has a type file.
fn documents() -> Vec<Resource> {
    let (types, recorded) = (types(), recorded());
    let mut out = Vec::new();
    for (kind, row) in &recorded {
        let Some(def) = types.iter().find(|t| t.name.eq_ignore_ascii_case(kind)) else { continue };
        let mut draft = draft(&def.name, row);
        row::fill(&mut draft, def, row, CHILDREN, "c", &canonical);
        out.push(draft.resource);
    }
    out
}

#[test]
fn recorded_objects_fit_their_type_files() {
    let (types, recorded) = (types(), recorded());
    for mut r in documents() {
        let def = types.get(&r.kind).unwrap();
        def.check(&mut r);
        // An object that was recorded without `properties` says nothing, in so many words.
        let bare = recorded[&r.kind.to_lowercase()].get("properties").is_none();
        assert_eq!(bare, !r.gaps.is_empty(), "{}: {:?}", r.kind, r.gaps);
    }
    for (kind, row) in &recorded {
        let Some((parent, name)) = kind.rsplit_once('/') else { continue };
        let Some(def) = types.iter().find(|t| t.name.eq_ignore_ascii_case(parent)) else {
            continue;
        };
        let facet = def.facets.iter().find(|(f, _)| f.eq_ignore_ascii_case(name));
        let Some((_, facet)) = facet.filter(|(f, _)| CHILDREN.contains(&f.as_str())) else {
            continue;
        };
        let value = match &facet.shape.kind {
            assay_core::typedef::Kind::List(_) => {
                row::children(Some(&facet.shape), std::slice::from_ref(row), &canonical)
            }
            _ => row::child(Some(&facet.shape), row, &canonical),
        };
        let fits = facet.shape.fits(value.as_ref().unwrap());
        assert_eq!(fits, !OLD.iter().any(|(k, _)| k == kind), "{kind}: {value:?}");
    }
}

/// Every rule of a recorded object's type gives a verdict or a named reason.
#[test]
fn every_rule_says_something_of_a_recorded_object() {
    let documents = documents();
    if documents.is_empty() {
        return;
    }
    let library = Library::load(&Content::embedded()).unwrap();
    let tailoring = Tailoring::default();
    let bench = Bench::new(&library, &tailoring).unwrap();
    let now: assay_core::Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
    let listing = |kind: &str| Listing {
        provider: "azure".into(),
        account: SHOP.into(),
        region: "global".into(),
        kind: kind.into(),
        state: ListingState::Complete,
        count: 1,
        pages: 1,
        started: Some(now),
        ended: Some(now),
        calls: Vec::new(),
        gap: None,
    };
    let manifest = Manifest {
        state: SnapshotState::Complete,
        started: now,
        ended: now,
        scope: Scope {
            providers: vec!["azure".to_owned()],
            accounts: vec![SHOP.to_owned()],
            ..Scope::default()
        },
        listings: types().iter().map(|t| listing(&t.name)).collect(),
        ..collected(larkspur()).manifest
    };
    let estate = Estate { manifest, documents: documents.clone(), operations: BTreeMap::new() };
    let judged = bench.judge(&estate, None).unwrap();
    let mut seen = 0;
    for document in &documents {
        for rule in library.rules.iter().filter(|r| r.meta.resources.contains(&document.kind)) {
            let verdict = judged
                .verdicts
                .iter()
                .find(|v| v.resource == document.id && v.rule == rule.meta.id)
                .unwrap_or_else(|| panic!("{} says nothing of {}", rule.meta.id, document.kind));
            if verdict.status == Status::NotAssessed {
                let kind = verdict.cause.as_ref().map(|c| c.kind);
                let named = !matches!(
                    kind,
                    None | Some(CauseKind::NoVerdict | CauseKind::RuleError | CauseKind::Limit)
                );
                let what = format!("{} of {}", rule.meta.id, document.kind);
                assert!(named, "{what}: {:?}", verdict.cause);
            }
            seen += 1;
        }
    }
    assert!(seen >= 18, "{seen} verdicts of {} documents", documents.len());
}
