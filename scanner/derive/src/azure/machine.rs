//! What other documents say of a virtual machine: its backups, and what Defender for Cloud found.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::key;
use crate::net::{member, object};
use crate::{Deriver, Need, World, known, memo};

const MACHINE: &str = "Microsoft.Compute/virtualMachines";
const ITEM: &str =
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems";
const ITEM_FACETS: &[&str] =
    &["sourceResourceId", "protectionState", "isScheduledForDeferredDelete"];
const ASSESSMENT: &str = "Microsoft.Security/assessments";

/// Documents by the machine that they speak of.
type Index = BTreeMap<String, Vec<Arc<Resource>>>;

fn index(
    world: &dyn World,
    kind: &str,
    scope: RelatedScope,
    of: impl Fn(&Resource) -> Option<&str>,
) -> Index {
    let mut out = Index::new();
    for doc in world.related(kind, scope).iter() {
        if let Some(id) = of(doc) {
            out.entry(key(id)).or_default().push(Arc::clone(doc));
        }
    }
    out
}

/// `backups` of a virtual machine: the protected items of Recovery Services vaults whose source it
/// is, wherever the vault lies.
#[derive(Debug, Clone, Copy)]
pub struct Backups;

impl Deriver for Backups {
    fn name(&self) -> &'static str {
        "backups"
    }

    fn types(&self) -> &'static [&'static str] {
        &[MACHINE]
    }

    fn reads(&self) -> &'static [&'static str] {
        &[]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[Need { kind: ITEM, scope: RelatedScope::Estate, facets: ITEM_FACETS }]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let index = memo(world, "azure/backups", || {
            index(world, ITEM, RelatedScope::Estate, |item| {
                let seen = ITEM_FACETS.iter().all(|f| known(item, f).is_none());
                item.properties.get("sourceResourceId").and_then(Value::as_str).filter(|_| seen)
            })
        });
        let own: &[Arc<Resource>] = index.get(&key(&doc.id)).map_or(&[], Vec::as_slice);
        let items: Vec<Value> = own
            .iter()
            .map(|item| {
                let text = |name: &str| item.properties.get(name).cloned().unwrap_or(Value::Null);
                let deleted = text("isScheduledForDeferredDelete") == json!(true);
                object([
                    ("id", json!(item.id)),
                    ("state", text("protectionState")),
                    ("deleted", json!(deleted)),
                ])
            })
            .collect();
        let protects =
            |i: &Value| member(i, "state") == Some("Protected") && i["deleted"] == json!(false);
        if !items.iter().any(protects) {
            // It is unprotected only where everything that could protect it was seen.
            if let Some(unknown) = world.lacking(ITEM, RelatedScope::Estate, ITEM_FACETS) {
                return Err(unknown.gap);
            }
        }
        Ok(json!(items))
    }
}

/// `assessments` of a virtual machine: what Defender for Cloud says of its updates and of endpoint
/// detection on it.
#[derive(Debug, Clone, Copy)]
pub struct Assessments;

/// What rules ask of it, with the keys of the assessments that tell. Those of the monitoring agent,
/// which is retired, are not among them.
const SUBJECTS: [(&str, &str, &str); 2] = [
    ("updates", "system updates", "e1145ab1-eb4f-43d8-911b-36ddf771d13f"),
    ("endpoint", "endpoint detection", "06e3a6db-6c0c-4ad9-943f-31d9d73ecf6c"),
];

impl Deriver for Assessments {
    fn name(&self) -> &'static str {
        "assessments"
    }

    fn types(&self) -> &'static [&'static str] {
        &[MACHINE]
    }

    fn reads(&self) -> &'static [&'static str] {
        &[]
    }

    fn needs(&self) -> &'static [Need] {
        &[Need {
            kind: ASSESSMENT,
            scope: RelatedScope::Account,
            facets: &["status", "resourceDetails"],
        }]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let index = memo(world, "azure/assessments", || {
            index(world, ASSESSMENT, RelatedScope::Account, |a| {
                a.properties.get("resourceDetails").and_then(|d| member(d, "Id"))
            })
        });
        // Where a plan watches a machine there are assessments of it, healthy ones too.
        let Some(own) = index.get(&key(&doc.id)) else {
            return Err(super::strange(
                "Defender for Cloud says nothing of this machine: no plan watches it, or it has not \
                 looked yet",
            ));
        };
        let said = SUBJECTS.map(|(name, what, wanted)| (name, verdict(own, what, wanted)));
        let unhealthy = said.iter().any(|(_, s)| s.as_deref() == Ok("Unhealthy"));
        let missing: Vec<&str> =
            said.iter().filter_map(|(_, s)| s.as_ref().err().map(String::as_str)).collect();
        // What is unhealthy is, whatever is not said beside it.
        if !missing.is_empty() && !unhealthy {
            return Err(super::strange(missing.join("; ")));
        }
        Ok(object(said.map(|(name, said)| (name, json!(said.ok())))))
    }
}

/// What the assessment of one subject says, or why it says nothing.
fn verdict(all: &[Arc<Resource>], what: &str, wanted: &str) -> Result<String, String> {
    let mut why = format!(
        "Defender for Cloud does not assess {what} of this machine (assessment {wanted}): its plan \
         does not, the machine is switched off or not supported, or it has not looked yet"
    );
    let mut healthy = false;
    for one in all.iter().filter(|a| a.name.eq_ignore_ascii_case(wanted)) {
        let status = one.properties.get("status").unwrap_or(&Value::Null);
        let part = |name: &str| member(status, name).unwrap_or_default();
        match part("code") {
            "Unhealthy" => return Ok("Unhealthy".to_owned()),
            "Healthy" => healthy = true,
            code => {
                let told = [code, part("cause"), part("description")];
                let told: Vec<&str> = told.into_iter().filter(|t| !t.is_empty()).collect();
                why = format!("Defender for Cloud says of {what}: {}", told.join(", "));
            }
        }
    }
    if healthy { Ok("Healthy".to_owned()) } else { Err(why) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    const VM: &str =
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm";

    fn doc(kind: &str, name: &str, properties: Value) -> Resource {
        let mut r = Resource::new(kind, format!("/x/{name}"), "azure", "s", "westeurope", name);
        r.properties = properties.as_object().unwrap().clone();
        r
    }

    fn machine() -> Resource {
        Resource::new(MACHINE, VM, "azure", "s", "westeurope", "vm")
    }

    fn item(source: &str, state: &str) -> Resource {
        let properties = json!({"sourceResourceId": source, "protectionState": state, "isScheduledForDeferredDelete": null});
        doc(ITEM, source, properties)
    }

    #[test]
    fn backups_are_found_in_any_case_of_the_id() {
        let vm = machine();
        let world = Fixed::around(
            &vm,
            [item(&VM.to_uppercase(), "Protected"), item("/other", "Protected")],
        );
        let out = derive(&Backups, &vm, &world).unwrap();
        assert_eq!(
            out,
            json!([{"id": format!("/x/{}", VM.to_uppercase()), "state": "Protected", "deleted": false}])
        );
    }

    #[test]
    fn no_backup_is_said_only_where_all_were_seen() {
        let vm = machine();
        assert_eq!(derive(&Backups, &vm, &Fixed::around(&vm, [])).unwrap(), json!([]));
        assert!(derive(&Backups, &vm, &Fixed::around(&vm, []).without(ITEM)).is_err());
        let stopped = || item(VM, "ProtectionStopped");
        assert!(derive(&Backups, &vm, &Fixed::around(&vm, [stopped()])).is_ok());
        assert!(derive(&Backups, &vm, &Fixed::around(&vm, [stopped()]).without(ITEM)).is_err());
        let covered = Fixed::around(&vm, [item(VM, "Protected")]).without(ITEM);
        assert!(derive(&Backups, &vm, &covered).is_ok(), "one that protects is enough");
    }

    #[test]
    fn assessments_by_machine() {
        let vm = machine();
        let [(_, _, updates), (_, _, endpoint)] = SUBJECTS;
        let found = |name: &str, status: Value| {
            let mut a = doc(
                ASSESSMENT,
                &name.to_uppercase(),
                json!({"status": status, "resourceDetails": {"Id": VM}}),
            );
            a.id = format!("/x/{name}/{status}");
            a
        };
        let code = |name: &str, code: &str| found(name, json!({"code": code}));
        let off = json!({"code": "NotApplicable", "cause": "OffByPolicy", "description": "by us"});
        for (docs, want) in [
            (vec![code(updates, "Healthy"), code(endpoint, "Healthy")], Ok(("Healthy", "Healthy"))),
            (
                vec![code(updates, "Healthy"), code(endpoint, "Unhealthy")],
                Ok(("Healthy", "Unhealthy")),
            ),
            // Of two that differ the worse one holds.
            (
                vec![
                    code(updates, "Healthy"),
                    code(updates, "Unhealthy"),
                    code(endpoint, "Healthy"),
                ],
                Ok(("Unhealthy", "Healthy")),
            ),
            (vec![code(updates, "Unhealthy")], Ok(("Unhealthy", ""))),
            (vec![code(updates, "Healthy")], Err("does not assess endpoint detection")),
            (
                vec![code(updates, "Healthy"), found(endpoint, off)],
                Err("endpoint detection: NotApplicable, OffByPolicy, by us"),
            ),
            (vec![code("another", "Unhealthy")], Err("system updates")),
            (vec![], Err("says nothing of this machine")),
        ] {
            let out = derive(&Assessments, &vm, &Fixed::around(&vm, docs));
            match want {
                Ok((updates, endpoint)) => {
                    let text = |t: &str| if t.is_empty() { Value::Null } else { json!(t) };
                    let want = json!({"updates": text(updates), "endpoint": text(endpoint)});
                    assert_eq!(out.unwrap(), want);
                }
                Err(why) => {
                    let gap = out.unwrap_err().gap.detail;
                    assert!(gap.contains(why), "{gap}");
                }
            }
        }
        assert!(derive(&Assessments, &vm, &Fixed::around(&vm, []).without(ASSESSMENT)).is_err());
    }
}
