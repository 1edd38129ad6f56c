//! `audit` of an Azure SQL server: whether what happens in its databases is written down, and where.
//!
//! The server's setting covers every database. Where it is off, each database may have its own.
//! Log Analytics and Event Hubs get the audit through a diagnostic setting: of `master` for the
//! server, of the database itself for a database; without one the switch alone sends nothing.
//! <https://learn.microsoft.com/azure/azure-sql/database/auditing-setup>

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use crate::azure::{because, lacks};
use crate::{Deriver, Need, World};

const DATABASES: &str = "Microsoft.Sql/servers/databases";

/// The deriver.
#[derive(Debug)]
pub(crate) struct Audit;

impl Deriver for Audit {
    fn name(&self) -> &'static str {
        "audit"
    }

    fn types(&self) -> &'static [&'static str] {
        &["Microsoft.Sql/servers"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/auditingSettings"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        &[Need {
            kind: DATABASES,
            scope: RelatedScope::Account,
            facets: &["auditingSettings", "diagnosticSettings"],
        }]
    }

    fn derive(&self, doc: &Resource, world: &dyn World) -> Result<Value, Gap> {
        let all = world.related(DATABASES, RelatedScope::Account);
        let prefix = format!("{}/databases/", doc.id).to_ascii_lowercase();
        let own = all.iter().filter_map(|d| {
            let id = d.id.to_ascii_lowercase();
            id.strip_prefix(&prefix).map(|name| (name.to_owned(), d.as_ref()))
        });
        let (masters, databases): (Vec<_>, Vec<_>) = own.partition(|(name, _)| name == "master");
        let settings = doc.properties.get("auditingSettings").unwrap_or(&Value::Null);
        if on(settings)? {
            let master = masters.first().map(|(_, d)| *d);
            let target = target(settings, || match master {
                Some(master) => sends(master),
                None => match world.lacking(DATABASES, RelatedScope::Account, &[]) {
                    Some(unknown) => Err(because(unknown)),
                    None => {
                        Err(Gap::new(GapState::Failed, "master is not in the listing of databases"))
                    }
                },
            })?;
            let at = "/auditingSettings";
            return Ok(match target {
                Target::Kept(days) => answer("server", days, &[]),
                Target::Nowhere(why) => {
                    answer("server", None, &[("server".into(), why.into(), at)])
                }
            });
        }
        if let Some(unknown) = world.lacking(DATABASES, RelatedScope::Account, &[]) {
            return Err(because(unknown));
        }
        let off = (
            "server".to_owned(),
            "auditing of the server is off".to_owned(),
            "/auditingSettings/state",
        );
        if databases.is_empty() {
            return Ok(answer("none", None, &[off]));
        }
        let (mut problems, mut days, mut unsure) = (Vec::new(), Vec::new(), None);
        for (name, database) in &databases {
            match of_database(database) {
                Ok(Target::Kept(d)) => days.push(d),
                Ok(Target::Nowhere(why)) => problems.push((
                    format!("database/{name}"),
                    format!("auditing of the server is off, and of database {name}: {why}"),
                    "/auditingSettings/state",
                )),
                Err(gap) => unsure = Some(gap),
            }
        }
        match unsure {
            Some(gap) => Err(gap),
            None if problems.len() == databases.len() => Ok(answer("none", None, &[off])),
            None => Ok(answer("databases", days.into_iter().flatten().min(), &problems)),
        }
    }
}

/// Where an audit that is on goes.
enum Target {
    /// It is kept: days, where a storage account is the only place and deletes it.
    Kept(Option<i64>),
    Nowhere(&'static str),
}

fn on(settings: &Value) -> Result<bool, Gap> {
    match settings.get("state").and_then(Value::as_str) {
        Some("Enabled") => Ok(true),
        Some("Disabled") => Ok(false),
        _ => Err(Gap::new(GapState::Malformed, "auditing is neither on nor off")),
    }
}

fn target(settings: &Value, sends: impl Fn() -> Result<bool, Gap>) -> Result<Target, Gap> {
    let storage = settings.get("storageEndpoint").and_then(Value::as_str);
    let storage = storage.is_some_and(|s| !s.trim().is_empty());
    let monitor = settings.get("isAzureMonitorTargetEnabled") == Some(&Value::Bool(true));
    if storage {
        let days = settings.get("retentionDays").and_then(Value::as_i64);
        let days = days.ok_or_else(|| Gap::new(GapState::Malformed, "retentionDays is missing"))?;
        // 0: without end. Where a workspace gets it too, how long that keeps it is not known.
        if days == 0 || !monitor {
            return Ok(Target::Kept((days > 0).then_some(days)));
        }
        return match sends() {
            Ok(true) => Ok(Target::Kept(None)),
            Ok(false) => Ok(Target::Kept(Some(days))),
            Err(gap) => Err(gap),
        };
    }
    if !monitor {
        return Ok(Target::Nowhere("auditing is on without a place to write to"));
    }
    Ok(if sends()? {
        Target::Kept(None)
    } else {
        Target::Nowhere("auditing goes to Azure Monitor, but no diagnostic setting sends it on")
    })
}

fn of_database(doc: &Resource) -> Result<Target, Gap> {
    if let Some(gap) = lacks(doc, "auditingSettings") {
        return Err(gap);
    }
    let settings = doc.properties.get("auditingSettings").unwrap_or(&Value::Null);
    if settings.is_null() || !on(settings)? {
        return Ok(Target::Nowhere("auditing is off"));
    }
    target(settings, || sends(doc))
}

/// Whether a diagnostic setting of a database sends the audit anywhere.
fn sends(doc: &Resource) -> Result<bool, Gap> {
    if let Some(gap) = lacks(doc, "diagnosticSettings") {
        return Err(gap);
    }
    let settings = doc.properties.get("diagnosticSettings").and_then(Value::as_array);
    let places =
        ["workspaceId", "eventHubAuthorizationRuleId", "storageAccountId", "marketplacePartnerId"];
    let category = |log: &Value| {
        let is = |name: &str, words: &[&str]| {
            let word = log.get(name).and_then(Value::as_str);
            word.is_some_and(|w| words.iter().any(|x| x.eq_ignore_ascii_case(w)))
        };
        log.get("enabled") == Some(&Value::Bool(true))
            && (is("category", &["SQLSecurityAuditEvents"])
                || is("categoryGroup", &["allLogs", "audit"]))
    };
    Ok(settings.into_iter().flatten().any(|s| {
        let filled = |n: &&str| s.get(*n).and_then(Value::as_str).is_some_and(|v| !v.is_empty());
        let logs = s.get("logs").and_then(Value::as_array);
        places.iter().any(filled) && logs.into_iter().flatten().any(category)
    }))
}

fn answer(by: &str, days: Option<i64>, problems: &[(String, String, &str)]) -> Value {
    let problem = |(key, message, at): &(String, String, &str)| json!({"key": key, "message": message, "at": at});
    let problems: Vec<Value> = problems.iter().map(problem).collect();
    json!({"by": by, "days": days, "problems": problems})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    const SERVER: &str = "/subscriptions/1/resourceGroups/rg/providers/Microsoft.Sql/servers/s";

    fn server(settings: Value) -> Resource {
        let mut doc =
            Resource::new("Microsoft.Sql/servers", SERVER, "azure", "1", "westeurope", "s");
        doc.properties.insert("auditingSettings".into(), settings);
        doc
    }

    fn database(name: &str, properties: Value) -> Resource {
        let id = format!("{}/databases/{name}", SERVER.to_uppercase());
        let mut doc = Resource::new(DATABASES, id, "azure", "1", "westeurope", name);
        doc.properties = properties.as_object().unwrap().clone();
        doc
    }

    fn sends(category: &str) -> Value {
        json!([{"name": "d", "workspaceId": "/w", "logs": [{"category": category, "enabled": true}]}])
    }

    fn keys(v: &Value) -> Vec<&str> {
        v["problems"].as_array().unwrap().iter().map(|p| p["key"].as_str().unwrap()).collect()
    }

    #[test]
    fn the_server_writes_for_all() {
        let storage = |days: i64| json!({"state": "Enabled", "storageEndpoint": "https://x", "retentionDays": days});
        let monitor =
            json!({"state": "Enabled", "storageEndpoint": "", "isAzureMonitorTargetEnabled": true});
        let mut both = storage(30);
        both["isAzureMonitorTargetEnabled"] = json!(true);
        let sent = json!({"diagnosticSettings": sends("SQLSecurityAuditEvents")});
        let group = json!({"diagnosticSettings": [{"name": "d", "eventHubAuthorizationRuleId": "/e",
            "logs": [{"categoryGroup": "audit", "enabled": true}]}]});
        let other = json!({"diagnosticSettings": sends("QueryStoreRuntimeStatistics")});
        for (settings, master, want) in [
            (storage(0), json!({}), Ok((json!(null), vec![]))),
            (storage(30), json!({}), Ok((json!(30), vec![]))),
            (monitor.clone(), sent.clone(), Ok((json!(null), vec![]))),
            (monitor.clone(), group, Ok((json!(null), vec![]))),
            (monitor.clone(), other.clone(), Ok((json!(null), vec!["server"]))),
            (monitor.clone(), json!({"diagnosticSettings": []}), Ok((json!(null), vec!["server"]))),
            (monitor, json!({}), Err(())),
            (both.clone(), sent, Ok((json!(null), vec![]))),
            (both, other, Ok((json!(30), vec![]))),
            (
                json!({"state": "Enabled", "storageEndpoint": ""}),
                json!({}),
                Ok((json!(null), vec!["server"])),
            ),
            (json!({"state": "Enabled", "storageEndpoint": "https://x"}), json!({}), Err(())),
        ] {
            let doc = server(settings.clone());
            let world = Fixed::around(&doc, [database("master", master)]);
            let got = derive(&Audit, &doc, &world).map_err(|_| ());
            let got = got.map(|v| (v["days"].clone(), keys(&v).join(",")));
            assert_eq!(got, want.map(|(d, k)| (d, k.join(","))), "{settings}");
        }
        let doc = server(json!({"state": "Enabled", "isAzureMonitorTargetEnabled": true}));
        assert!(derive(&Audit, &doc, &Fixed::around(&doc, [])).is_err(), "no master was seen");
    }

    #[test]
    fn where_the_server_is_off_each_database_counts() {
        let doc = server(json!({"state": "Disabled"}));
        let good = |days: i64| json!({"auditingSettings": {"state": "Enabled", "storageEndpoint": "https://x", "retentionDays": days}});
        let off = json!({"auditingSettings": {"state": "Disabled"}});
        let master = database("master", json!({}));
        for (databases, want) in [
            (vec![], Ok(("none", json!(null), vec!["server"]))),
            (vec![("a", good(200)), ("b", good(100))], Ok(("databases", json!(100), vec![]))),
            (vec![("a", good(0)), ("b", good(0))], Ok(("databases", json!(null), vec![]))),
            (
                vec![("a", good(0)), ("b", off.clone())],
                Ok(("databases", json!(null), vec!["database/b"])),
            ),
            (
                vec![("a", off.clone()), ("b", off.clone())],
                Ok(("none", json!(null), vec!["server"])),
            ),
            (vec![("a", good(0)), ("b", json!({}))], Err(())),
            (
                vec![("a", off), ("b", json!({}))],
                // What is known of one says nothing of the other.
                Err(()),
            ),
        ] {
            let mut all = vec![master.clone()];
            all.extend(databases.iter().map(|(n, p)| database(n, p.clone())));
            let got = derive(&Audit, &doc, &Fixed::around(&doc, all)).map_err(|_| ());
            let got = got.map(|v| (v["by"].clone(), v["days"].clone(), keys(&v).join(",")));
            let want = want.map(|(by, d, k)| (json!(by), d, k.join(",")));
            assert_eq!(got, want, "{databases:?}");
        }
        assert!(derive(&Audit, &doc, &Fixed::around(&doc, [master]).without(DATABASES)).is_err());
    }
}
