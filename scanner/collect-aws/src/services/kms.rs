//! KMS: keys of a region. Keys and aliases are listed once; each key is described; rotation, policy
//! and grants are read for customer-managed keys only, since AWS decides them for its own.

use std::collections::BTreeMap;

use assay_collect_aws_base::{CallError, Cx, Facet, Scope, Service, client};
use assay_core::{Gap, GapState};
use aws_sdk_kms::Client;
use aws_sdk_kms::types::{
    GrantListEntry, KeyListEntry, KeyManagerType, KeyMetadata, KeySpec, KeyState, OriginType,
};
use serde_json::{Map, Value, json};

use crate::shape::{shape, time};

const KEY: &str = "AWS::KMS::Key";
/// Keys read at once. KMS allows some of these calls only a few times a second.
const READS: usize = 6;

/// Keys.
pub static SERVICE: Service = Service {
    name: "kms",
    scope: Scope::Regional,
    operations: &[
        "kms:ListKeys",
        "kms:ListAliases",
        "kms:DescribeKey",
        "kms:GetKeyRotationStatus",
        "kms:GetKeyPolicy",
        "kms:ListGrants",
    ],
    actions: &[
        "kms:ListKeys",
        "kms:ListAliases",
        "kms:DescribeKey",
        "kms:GetKeyRotationStatus",
        "kms:GetKeyPolicy",
        "kms:ListGrants",
    ],
    types: &[KEY],
    collect: |cx| Box::pin(collect(cx)),
};

/// Aliases by the id of their key, with the call that ended their listing.
type Aliases = Result<(BTreeMap<String, Vec<String>>, String), Gap>;

async fn collect(cx: Cx) {
    let client = client!(cx, aws_sdk_kms);
    let mut listing = cx.listing(KEY);
    let mut aliases: Option<Aliases> = None;
    let mut marker = None;
    loop {
        let call = client.list_keys().limit(1000).set_marker(marker);
        let called = cx.call("kms:ListKeys", &[], call.send()).await;
        let Some(page) = listing.page(called) else { return };
        let named = |k: &KeyListEntry| Some((k.key_id()?.to_owned(), k.key_arn()?.to_owned()));
        let keys: Vec<(String, String)> = page.keys().iter().filter_map(named).collect();
        if keys.len() < page.keys().len() {
            listing.stop(Gap::new(GapState::Malformed, "a key has no id or no ARN"));
        }
        if aliases.is_none() && !keys.is_empty() {
            aliases = Some(read_aliases(&cx, &client).await);
        }
        if let Some(aliases) = &aliases {
            let reads =
                keys.into_iter().map(|(id, arn)| key(&cx, &client, aliases, &page.id, id, arn));
            cx.bounded(reads, READS).await;
        }
        if !page.truncated() {
            break;
        }
        marker = listing.more(page.next_marker());
        if marker.is_none() {
            listing.stop(Gap::new(GapState::Malformed, "the list goes on without a marker"));
            break;
        }
    }
    listing.complete();
}

async fn read_aliases(cx: &Cx, client: &Client) -> Aliases {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut marker: Option<String> = None;
    loop {
        let call = client.list_aliases().limit(100).set_marker(marker.clone());
        let called = cx.call("kms:ListAliases", &[], call.send()).await;
        let page = called.result.as_ref().map_err(CallError::gap)?;
        for alias in page.aliases() {
            // An alias without a target is one that AWS reserves for a key that does not exist yet.
            if let (Some(name), Some(target)) = (alias.alias_name(), alias.target_key_id()) {
                all.entry(target.to_owned()).or_default().push(name.to_owned());
            }
        }
        marker = match next(page.truncated(), page.next_marker(), marker.as_deref()) {
            Ok(None) => break Ok((all, called.id)),
            Ok(next) => next,
            Err(gap) => break Err(gap),
        };
    }
}

/// The next marker of a list that one document needs whole.
fn next(truncated: bool, marker: Option<&str>, last: Option<&str>) -> Result<Option<String>, Gap> {
    match marker.filter(|m| !m.is_empty()) {
        _ if !truncated => Ok(None),
        Some(m) if Some(m) != last => Ok(Some(m.to_owned())),
        _ => Err(Gap::new(GapState::Malformed, "the list goes on without a new marker")),
    }
}

async fn key(cx: &Cx, client: &Client, aliases: &Aliases, listed: &str, id: String, arn: String) {
    let id = id.as_str();
    let mut doc = cx.resource(KEY, arn, id);
    doc.set("KeyId", Facet::known(id, listed));
    match aliases {
        Ok((all, call)) => {
            let mut names = all.get(id).cloned().unwrap_or_default();
            names.sort();
            doc.set("Aliases", Facet::known(names, call));
        }
        Err(gap) => {
            doc.set("Aliases", Facet::Unknown(gap.clone()));
        }
    }
    let call = client.describe_key().key_id(id).send();
    let called = cx.call("kms:DescribeKey", &[("key", id)], call).await;
    match called.result.as_ref().map(|a| a.key_metadata()) {
        Ok(Some(metadata)) => {
            doc.set_all(describe(metadata), &called.id);
            if metadata.key_manager() == Some(&KeyManagerType::Customer) {
                let rotates = rotates(metadata);
                let (rotation, policy, grants) = tokio::join!(
                    async { if rotates { Some(rotation(cx, client, id).await) } else { None } },
                    policy(cx, client, id),
                    grants(cx, client, id),
                );
                if let Some((enabled, period)) = rotation {
                    doc.set("EnableKeyRotation", enabled).set("RotationPeriodInDays", period);
                }
                doc.set("KeyPolicy", policy).set("Grants", grants);
            }
        }
        Ok(None) => {
            let mut gap = Gap::new(GapState::Malformed, "the answer describes no key");
            gap.call = Some(called.id.clone());
            doc.lose(DESCRIBED, &gap);
        }
        Err(e) => {
            doc.lose(DESCRIBED, &e.gap());
        }
    }
    cx.put(doc).await;
}

/// What rests on `DescribeKey`, the further reads included: whether they are made depends on it.
const DESCRIBED: &[&str] = &[
    "Description",
    "Enabled",
    "KeyManager",
    "KeyState",
    "KeySpec",
    "KeyUsage",
    "Origin",
    "CreationDate",
    "DeletionDate",
    "ValidTo",
    "MultiRegion",
    "MultiRegionConfiguration",
    "EnableKeyRotation",
    "RotationPeriodInDays",
    "KeyPolicy",
    "Grants",
];

/// Whether automatic rotation exists for such a key and can be asked for.
fn rotates(m: &KeyMetadata) -> bool {
    m.key_spec() == Some(&KeySpec::SymmetricDefault)
        && m.origin() == Some(&OriginType::AwsKms)
        && !matches!(
            m.key_state(),
            Some(KeyState::PendingDeletion | KeyState::PendingReplicaDeletion)
        )
}

fn describe(m: &KeyMetadata) -> Map<String, Value> {
    let multi = m.multi_region_configuration().map(|c| {
        let region = |k: &aws_sdk_kms::types::MultiRegionKey| {
            shape().with("Arn", k.arn()).with("Region", k.region()).value()
        };
        shape()
            .with("MultiRegionKeyType", c.multi_region_key_type().map(|t| t.as_str()))
            .with("PrimaryKey", c.primary_key().map(region))
            .with("ReplicaKeys", Some(c.replica_keys().iter().map(region).collect::<Vec<_>>()))
            .value()
    });
    // A single-region key has no such configuration.
    let multi =
        (multi.is_some() || m.multi_region() == Some(false)).then(|| multi.unwrap_or(Value::Null));
    shape()
        .with("Description", m.description())
        .with("Enabled", Some(m.enabled()))
        .with("KeyManager", m.key_manager().map(|v| v.as_str()))
        .with("KeyState", m.key_state().map(|v| v.as_str()))
        .with("KeySpec", m.key_spec().map(|v| v.as_str()))
        .with("KeyUsage", m.key_usage().map(|v| v.as_str()))
        .with("Origin", m.origin().map(|v| v.as_str()))
        .with("CreationDate", m.creation_date().and_then(time))
        .or_null("DeletionDate", m.deletion_date().and_then(time))
        .or_null("ValidTo", m.valid_to().and_then(time))
        .with("MultiRegion", m.multi_region())
        .with("MultiRegionConfiguration", multi)
        .members()
}

async fn rotation(cx: &Cx, client: &Client, id: &str) -> (Facet, Facet) {
    let call = client.get_key_rotation_status().key_id(id).send();
    let called = cx.call("kms:GetKeyRotationStatus", &[("key", id)], call).await;
    (
        called.facet(|a| Some(json!(a.key_rotation_enabled()))),
        called.facet(|a| Some(a.rotation_period_in_days().map_or(Value::Null, Value::from))),
    )
}

async fn policy(cx: &Cx, client: &Client, id: &str) -> Facet {
    let call = client.get_key_policy().key_id(id).policy_name("default").send();
    cx.call("kms:GetKeyPolicy", &[("key", id)], call)
        .await
        .facet(|a| serde_json::from_str(a.policy()?).ok())
}

async fn grants(cx: &Cx, client: &Client, id: &str) -> Facet {
    let mut all = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let call = client.list_grants().key_id(id).limit(100).set_marker(marker.clone());
        let called = cx.call("kms:ListGrants", &[("key", id)], call.send()).await;
        let page = match &called.result {
            Ok(page) => page,
            Err(e) => break e.facet(),
        };
        all.extend(page.grants().iter().map(grant));
        marker = match next(page.truncated(), page.next_marker(), marker.as_deref()) {
            Ok(None) => break Facet::known(all, &called.id),
            Ok(next) => next,
            Err(gap) => break Facet::Unknown(gap),
        };
    }
}

fn grant(g: &GrantListEntry) -> Value {
    let operations: Vec<&str> = g.operations().iter().map(|o| o.as_str()).collect();
    shape()
        .with("GrantId", g.grant_id())
        .with("GranteePrincipal", g.grantee_principal().or_else(|| g.grantee_service_principal()))
        .with("Operations", Some(operations))
        .value()
}

#[cfg(test)]
#[path = "kms/tests.rs"]
mod tests;
