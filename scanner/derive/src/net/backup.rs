//! `backed_up` of a volume: what makes copies of it.

use std::collections::BTreeMap;

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::network::ids;
use super::{list, member, object, text};
use crate::{Deriver, Need, World, known};

const PROTECTED: &str = "AWS::Backup::ProtectedResource";
const POLICY: &str = "AWS::DLM::LifecyclePolicy";
const INSTANCE: &str = "AWS::EC2::Instance";
const POLICY_FACETS: &[&str] =
    &["PolicyId", "State", "PolicyType", "DefaultPolicy", "PolicyDetails"];

/// Device names that machine images use for the root volume.
const BOOT: [&str; 2] = ["/dev/sda1", "/dev/xvda"];

/// `backed_up` of a volume: a recovery point of AWS Backup, of it or of its instance, or an
/// enabled lifecycle policy that targets it or its instance.
#[derive(Debug, Clone, Copy)]
pub struct BackedUp;

impl Deriver for BackedUp {
    fn name(&self) -> &'static str {
        "backed_up"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::EC2::Volume"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/Attachments", "/VolumeType", "tags"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        const REGION: RelatedScope = RelatedScope::Region;
        &[
            Need { kind: PROTECTED, scope: REGION, facets: &["ResourceArn"] },
            Need { kind: POLICY, scope: REGION, facets: POLICY_FACETS },
            Need { kind: INSTANCE, scope: REGION, facets: &["tags"] },
        ]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let region = RelatedScope::Region;
        let attachments = list(doc, "Attachments")?;
        let instances: Vec<&str> =
            attachments.iter().filter_map(|a| member(a, "InstanceId")).collect();
        let mut by = Vec::new();
        for protected in world.related(PROTECTED, region).iter() {
            let Ok(arn) = text(protected, "ResourceArn") else { continue };
            if arn == doc.id || instances.iter().any(|i| names(arn, i)) {
                by.push(object([("kind", json!("backup")), ("id", json!(arn))]));
            }
        }
        let hosts = world.related(INSTANCE, region);
        let mut host_tags_used = false;
        for policy in world.related(POLICY, region).iter() {
            if POLICY_FACETS.iter().any(|f| known(policy, f).is_some()) {
                continue;
            }
            let target = Target::of(policy);
            host_tags_used |= target.as_ref().is_some_and(|t| t.kind == "INSTANCE");
            if target.is_some_and(|t| t.covers(doc, attachments, &hosts)) {
                by.push(object([("kind", json!("lifecycle")), ("id", json!(policy.id))]));
            }
        }
        if by.is_empty() {
            // Nothing covers it only where everything that could was seen.
            let mut asked = vec![(PROTECTED, &["ResourceArn"][..]), (POLICY, POLICY_FACETS)];
            if host_tags_used {
                asked.push((INSTANCE, &["tags"]));
            }
            let unknown = asked.iter().find_map(|(k, f)| world.lacking(k, region, f));
            if let Some(unknown) = unknown {
                return Err(unknown.gap);
            }
        }
        Ok(object([("by", json!(by))]))
    }
}

/// True where an ARN is that of an instance.
fn names(arn: &str, instance: &str) -> bool {
    arn.rsplit_once(":instance/").is_some_and(|(_, id)| id == instance)
}

/// What an enabled policy targets.
struct Target<'a> {
    /// `VOLUME` or `INSTANCE`.
    kind: &'a str,
    details: &'a Value,
    default: bool,
}

impl<'a> Target<'a> {
    fn of(policy: &'a Resource) -> Option<Self> {
        if text(policy, "State").ok()? != "ENABLED"
            || text(policy, "PolicyType").ok()? == "EVENT_BASED_POLICY"
        {
            return None;
        }
        let details = policy.properties.get("PolicyDetails")?;
        let default = policy.properties.get("DefaultPolicy").and_then(Value::as_bool) == Some(true);
        let listed = ids(details.get("ResourceTypes"));
        let kind = member(details, "ResourceType").or_else(|| listed.first().copied())?;
        Some(Self { kind, details, default })
    }

    fn covers(
        &self,
        volume: &Resource,
        attachments: &[Value],
        hosts: &[std::sync::Arc<Resource>],
    ) -> bool {
        let host = |a: &Value| {
            let id = member(a, "InstanceId")?.to_owned();
            hosts.iter().find(|h| names(&h.id, &id)).cloned()
        };
        let boot =
            attachments.iter().any(|a| member(a, "Device").is_some_and(|d| BOOT.contains(&d)));
        let exclusions = self.details.get("Exclusions");
        let flag = |of: Option<&Value>, name: &str| {
            of.and_then(|v| v.get(name)).and_then(Value::as_bool) == Some(true)
        };
        let no_boot = flag(Some(self.details), "ExcludeBootVolumes")
            || flag(exclusions, "ExcludeBootVolumes");
        if boot && no_boot {
            return false;
        }
        let targets: Vec<Option<BTreeMap<String, String>>> = match self.kind {
            "VOLUME" => vec![volume.tags.clone()],
            "INSTANCE" => attachments.iter().filter_map(host).map(|h| h.tags.clone()).collect(),
            _ => Vec::new(),
        };
        let types = ids(exclusions.and_then(|e| e.get("ExcludeVolumeTypes")));
        let excluded_type = text(volume, "VolumeType").is_ok_and(|t| types.contains(&t));
        if self.default {
            let excluded = exclusions.and_then(|e| e.get("ExcludeTags"));
            return !excluded_type && targets.iter().flatten().any(|tags| !matches(tags, excluded));
        }
        targets.iter().flatten().any(|tags| matches(tags, self.details.get("TargetTags")))
    }
}

/// True where one of the wanted tags is there.
fn matches(tags: &BTreeMap<String, String>, wanted: Option<&Value>) -> bool {
    let wanted = wanted.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    wanted.iter().any(|w| {
        let value = member(w, "Key").and_then(|k| tags.get(k));
        value.is_some() && value.map(String::as_str) == member(w, "Value")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;

    fn doc(kind: &str, id: &str, tags: &[(&str, &str)], properties: Value) -> Resource {
        let mut r = Resource::new(kind, id, "aws", "1", "eu-west-1", id);
        r.properties = properties.as_object().unwrap().clone();
        r.tags = Some(tags.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect());
        r
    }

    fn volume() -> Resource {
        doc(
            "AWS::EC2::Volume",
            "arn:aws:ec2:eu-west-1:1:volume/vol-1",
            &[("backup", "yes")],
            json!({"Attachments": [{"InstanceId": "i-1", "Device": "/dev/xvda"}], "VolumeType": "gp3"}),
        )
    }

    fn policy(details: Value, default: Value) -> Resource {
        doc(
            POLICY,
            "arn:dlm",
            &[],
            json!({"PolicyId": "p", "State": "ENABLED",
            "PolicyType": "EBS_SNAPSHOT_MANAGEMENT", "DefaultPolicy": default, "PolicyDetails": details}),
        )
    }

    fn count(others: Vec<Resource>) -> usize {
        let v = volume();
        let out = BackedUp.derive(&v, &Fixed::around(&v, others)).unwrap();
        out["by"].as_array().unwrap().len()
    }

    #[test]
    fn recovery_points_and_policies_cover() {
        let protected = |arn| vec![doc(PROTECTED, "p", &[], json!({"ResourceArn": arn}))];
        assert_eq!(count(vec![]), 0);
        assert_eq!(count(protected("arn:aws:ec2:eu-west-1:1:volume/vol-1")), 1);
        assert_eq!(count(protected("arn:aws:ec2:eu-west-1:1:instance/i-1")), 1);
        assert_eq!(count(protected("arn:aws:ec2:eu-west-1:1:instance/i-2")), 0);
        let tags = |v: &str| json!({"ResourceTypes": ["VOLUME"], "TargetTags": [{"Key": "backup", "Value": v}]});
        assert_eq!(count(vec![policy(tags("yes"), json!(false))]), 1);
        assert_eq!(count(vec![policy(tags("no"), json!(false))]), 0);
        assert_eq!(count(vec![policy(json!({"ResourceType": "VOLUME"}), json!(true))]), 1);
        let no_boot = json!({"ResourceType": "VOLUME", "Exclusions": {"ExcludeBootVolumes": true}});
        assert_eq!(count(vec![policy(no_boot, json!(true))]), 0);
    }

    #[test]
    fn nothing_covers_only_where_everything_was_seen() {
        let v = volume();
        let world = Fixed::around(&v, []).without(POLICY);
        assert!(BackedUp.derive(&v, &world).is_err());
    }
}
