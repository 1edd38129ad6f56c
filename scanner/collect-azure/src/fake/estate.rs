//! What there is in the fake tenant.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::answer::put;
use crate::id;

/// A tenant: subscriptions, resources, the directory, and answers that are given as they are.
#[derive(Debug, Clone, Default)]
pub struct Estate {
    tenant: String,
    tenants: Vec<Value>,
    subscriptions: Vec<Value>,
    groups: BTreeMap<String, Vec<Value>>,
    /// Resources by id in lower case.
    resources: BTreeMap<String, Value>,
    /// Ids of resources by the path of the list that names them.
    lists: BTreeMap<String, Vec<String>>,
    /// Answers by path in lower case.
    answers: BTreeMap<String, Value>,
}

impl Estate {
    /// An estate from its file: `{tenant, displayName?, subscriptions: [{id, displayName?, tags?}],
    /// management_groups?: {name: [subscription id]}, resources: [ARM objects], answers?: {path:
    /// object or list}, graph?: {path: object or list}}`.
    ///
    /// A resource answers at its id and in the lists `/subscriptions/<id>/providers/<type>` and, for
    /// a child, `<parent>/<type>`. `answers` and `graph` come first. A list is cut into pages.
    ///
    /// # Errors
    /// What is missing.
    pub fn from_value(file: &Value) -> Result<Self, String> {
        let text = |v: &Value, k: &str| v.get(k).and_then(Value::as_str).map(str::to_owned);
        let tenant = text(file, "tenant").ok_or("the estate has no `tenant`")?.to_lowercase();
        let name = text(file, "displayName").unwrap_or_else(|| "Fake".to_owned());
        let mut out = Self {
            tenants: vec![json!({
                "id": format!("/tenants/{tenant}"), "tenantId": tenant, "displayName": name,
                "countryCode": "DE", "defaultDomain": "fake.example", "tenantType": "AAD",
                "domains": ["fake.example"],
            })],
            tenant,
            ..Self::default()
        };
        for s in list(file, "subscriptions") {
            let id = text(s, "id").ok_or("a subscription has no `id`")?.to_lowercase();
            let mut object = json!({
                "id": format!("/subscriptions/{id}"), "subscriptionId": id, "tenantId": out.tenant,
                "displayName": text(s, "displayName").unwrap_or_else(|| id.clone()),
                "state": text(s, "state").unwrap_or_else(|| "Enabled".to_owned()),
                "authorizationSource": "RoleBased", "managedByTenants": [],
                "subscriptionPolicies": {
                    "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01",
                    "spendingLimit": "Off",
                },
            });
            if let Some(tags) = s.get("tags") {
                put(&mut object, "tags", tags.clone());
            }
            out.subscriptions.push(object);
        }
        for (group, below) in map(file, "management_groups") {
            let below = below.as_array().map(Vec::as_slice).unwrap_or_default();
            let all = below.iter().filter_map(Value::as_str).map(|s| {
                json!({"id": format!("/subscriptions/{s}"), "name": s,
                       "type": "Microsoft.Management/managementGroups/subscriptions"})
            });
            out.groups.insert(group.to_lowercase(), all.collect());
        }
        for resource in list(file, "resources") {
            out.add(resource.clone())?;
        }
        for (path, value) in map(file, "answers").chain(map(file, "graph")) {
            out.answers.insert(path.to_lowercase(), value.clone());
        }
        Ok(out)
    }

    /// Adds a resource.
    ///
    /// # Errors
    /// It has no id of a resource.
    pub fn add(&mut self, resource: Value) -> Result<(), String> {
        let whole = resource.get("id").and_then(Value::as_str).ok_or("a resource has no `id`")?;
        let key = whole.to_lowercase();
        let kind = id::kind(&key).ok_or_else(|| format!("{whole} is no id of a resource"))?;
        let mut named = Vec::new();
        if let Some(subscription) = id::subscription(&key) {
            named.push(format!("/subscriptions/{subscription}/providers/{kind}"));
        }
        if let Some((parent, _)) = key.rsplit_once('/') {
            named.push(parent.to_owned());
        }
        named.dedup();
        for list in named {
            let ids = self.lists.entry(list).or_default();
            if let Err(at) = ids.binary_search(&key) {
                ids.insert(at, key.clone());
            }
        }
        self.resources.insert(key, resource);
        Ok(())
    }

    /// The tenant's id.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// What answers at a path in lower case: a list, an object, or nothing.
    pub(super) fn find(&self, path: &str, graph: bool) -> Option<Value> {
        let path = path.trim_end_matches('/').replace("%20", " ");
        if let Some(answer) = self.answers.get(&path) {
            return Some(answer.clone());
        }
        if graph {
            return self.related(&path);
        }
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match parts.as_slice() {
            ["tenants"] => Some(self.tenants.clone().into()),
            ["subscriptions"] => Some(self.subscriptions.clone().into()),
            ["subscriptions", id] => {
                self.subscriptions.iter().find(|s| s["subscriptionId"] == *id).cloned()
            }
            ["providers", "microsoft.management", "managementgroups", group, "descendants"] => {
                self.groups.get(*group).map(|all| all.clone().into())
            }
            ["subscriptions", id, "providers", _, ..]
                if self.subscriptions.iter().any(|s| s["subscriptionId"] == *id)
                    && !self.resources.contains_key(&path) =>
            {
                Some(self.listed(&path).into())
            }
            _ => match self.resources.get(&path) {
                Some(resource) => Some(resource.clone()),
                None => self.children(&path),
            },
        }
    }

    /// A list of children, or of extensions, of a resource that is there.
    fn children(&self, path: &str) -> Option<Value> {
        let (parent, _) = path.rsplit_once('/')?;
        let extended = path.rsplit_once("/providers/").map_or(parent, |(before, _)| before);
        let there = self.lists.contains_key(path)
            || [parent, extended].iter().any(|p| self.resources.contains_key(*p));
        there.then(|| self.listed(path).into())
    }

    fn listed(&self, path: &str) -> Vec<Value> {
        let ids = self.lists.get(path).map(Vec::as_slice).unwrap_or_default();
        ids.iter().filter_map(|id| self.resources.get(id)).cloned().collect()
    }

    /// Rows of Resource Graph in order of their ids: top-level resources as it knows them.
    pub(super) fn rows(&self, subscriptions: &[String], kinds: &[String]) -> Vec<Value> {
        let row = |(key, resource): (&String, &Value)| {
            let subscription = id::subscription(key)?;
            let kind = id::kind(key)?;
            let wanted = subscriptions.contains(&subscription)
                && (kinds.is_empty() || kinds.contains(&kind));
            if !wanted {
                return None;
            }
            let mut row: Map<String, Value> = resource.as_object()?.clone();
            row.insert("type".to_owned(), kind.into());
            row.insert("subscriptionId".to_owned(), subscription.into());
            Some(Value::Object(row))
        };
        self.resources.iter().filter_map(row).collect()
    }
}

fn list<'v>(file: &'v Value, key: &str) -> &'v [Value] {
    file.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn map<'v>(file: &'v Value, key: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    file.get(key).and_then(Value::as_object).into_iter().flatten()
}
