//! The parameter groups that databases use, and of them the parameters that rules read: one call a
//! group, filtered by name.

use std::collections::BTreeMap;

use assay_collect::{CallError, Facet};
use assay_collect_aws_base::Cx;
use assay_core::{Gap, GapState};
use aws_sdk_rds::Client;
use aws_sdk_rds::types::{Filter, Parameter};
use serde_json::{Value, json};

use super::{PAGE, Used};

pub(super) const GROUP: &str = "AWS::RDS::DBParameterGroup";
pub(super) const CLUSTER_GROUP: &str = "AWS::RDS::DBClusterParameterGroup";

/// The parameters that rules read.
const READ: [&str; 2] = ["rds.force_ssl", "require_secure_transport"];

/// The groups of instances.
pub(super) async fn instance_groups(cx: &Cx, client: &Client, used: Used) {
    let mut listing = cx.listing(GROUP);
    let used = match used {
        Ok(used) if used.is_empty() => return listing.complete(),
        Ok(used) => used,
        Err(gap) => return listing.stop(gap),
    };
    let read = pages!(
        cx,
        listing,
        "rds:DescribeDBParameterGroups",
        client.describe_db_parameter_groups(),
        |page| {
            for g in page.db_parameter_groups() {
                let (Some(name), Some(arn)) =
                    (g.db_parameter_group_name(), g.db_parameter_group_arn())
                else {
                    listing.stop(Gap::new(GapState::Malformed, "a group has no name or no ARN"));
                    continue;
                };
                if !used.contains(name) {
                    continue;
                }
                let family = g.db_parameter_group_family();
                let parameters = match unread(family) {
                    Some(gap) => Facet::Unknown(gap),
                    None => {
                        read(cx, client, Of::Instance, name).await.unwrap_or_else(Facet::Unknown)
                    }
                };
                let mut doc = cx.resource(GROUP, arn, name);
                doc.set("DBParameterGroupName", Facet::known(name, &page.id))
                    .set("Family", Facet::expected(family, &page.id))
                    .set("Parameters", parameters);
                cx.put(doc).await;
            }
        }
    );
    if read.is_ok() {
        listing.complete();
    }
}

/// The groups of clusters.
pub(super) async fn cluster_groups(cx: &Cx, client: &Client, used: Used) {
    let mut listing = cx.listing(CLUSTER_GROUP);
    let used = match used {
        Ok(used) if used.is_empty() => return listing.complete(),
        Ok(used) => used,
        Err(gap) => return listing.stop(gap),
    };
    let read = pages!(
        cx,
        listing,
        "rds:DescribeDBClusterParameterGroups",
        client.describe_db_cluster_parameter_groups(),
        |page| {
            for g in page.db_cluster_parameter_groups() {
                let (Some(name), Some(arn)) =
                    (g.db_cluster_parameter_group_name(), g.db_cluster_parameter_group_arn())
                else {
                    listing.stop(Gap::new(GapState::Malformed, "a group has no name or no ARN"));
                    continue;
                };
                if !used.contains(name) {
                    continue;
                }
                let parameters =
                    read(cx, client, Of::Cluster, name).await.unwrap_or_else(Facet::Unknown);
                let mut doc = cx.resource(CLUSTER_GROUP, arn, name);
                doc.set("DBClusterParameterGroupName", Facet::known(name, &page.id))
                    .set("Family", Facet::expected(g.db_parameter_group_family(), &page.id))
                    .set("Parameters", parameters);
                cx.put(doc).await;
            }
        }
    );
    if read.is_ok() {
        listing.complete();
    }
}

/// Whose group it is: each kind has an operation of its own.
#[derive(Clone, Copy)]
enum Of {
    Instance,
    Cluster,
}

/// The parameters, the next marker and the id of the call.
type Page = (Vec<Parameter>, Option<String>, String);

async fn page(
    cx: &Cx,
    client: &Client,
    of: Of,
    group: &str,
    marker: Option<String>,
) -> Result<Page, Gap> {
    let names = READ.iter().map(|n| (*n).to_owned()).collect();
    let filter = Filter::builder().name("parameter-name").set_values(Some(names)).build();
    let asked = [("group", group)];
    match of {
        Of::Instance => {
            let call = client
                .describe_db_parameters()
                .db_parameter_group_name(group)
                .filters(filter)
                .max_records(PAGE)
                .set_marker(marker)
                .send();
            let called = cx.call("rds:DescribeDBParameters", &asked, call).await;
            let page = called.result.as_ref().map_err(CallError::gap)?;
            Ok((page.parameters().to_vec(), page.marker().map(str::to_owned), called.id.clone()))
        }
        Of::Cluster => {
            let call = client
                .describe_db_cluster_parameters()
                .db_cluster_parameter_group_name(group)
                .filters(filter)
                .max_records(PAGE)
                .set_marker(marker)
                .send();
            let called = cx.call("rds:DescribeDBClusterParameters", &asked, call).await;
            let page = called.result.as_ref().map_err(CallError::gap)?;
            Ok((page.parameters().to_vec(), page.marker().map(str::to_owned), called.id.clone()))
        }
    }
}

/// Families whose transport encryption is set elsewhere.
fn unread(family: Option<&str>) -> Option<Gap> {
    let family = family?;
    let elsewhere = if family.starts_with("oracle") || family.starts_with("custom-") {
        "in option groups or on the host"
    } else if family.starts_with("db2") {
        "by parameters of its own"
    } else {
        return None;
    };
    let why = format!("{family} sets transport encryption {elsewhere}, which is not read");
    Some(Gap::new(GapState::Unsupported, why))
}

/// All pages of one group's parameters.
async fn read(cx: &Cx, client: &Client, of: Of, group: &str) -> Result<Facet, Gap> {
    let mut values = BTreeMap::new();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let (parameters, next, call) = page(cx, client, of, group, seen.last().cloned()).await?;
        take(&mut values, &parameters);
        match next.filter(|n| !n.is_empty()) {
            None => return Ok(Facet::known(json!(values), &call)),
            Some(n) if seen.contains(&n) => {
                return Err(Gap::new(GapState::Malformed, "the provider repeated a page token"));
            }
            Some(n) => seen.push(n),
        }
    }
}

fn take(values: &mut BTreeMap<String, Value>, parameters: &[Parameter]) {
    for p in parameters {
        if let Some(name) = p.parameter_name().filter(|n| READ.contains(n)) {
            values.insert(name.to_owned(), p.parameter_value().map_or(Value::Null, Value::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rules_read_is_kept() {
        let p = |name: &str| Parameter::builder().parameter_name(name);
        let mut values = BTreeMap::new();
        take(
            &mut values,
            &[
                p("rds.force_ssl").parameter_value("1").build(),
                p("require_secure_transport").build(),
                p("max_connections").parameter_value("5").build(),
            ],
        );
        assert_eq!(json!(values), json!({"rds.force_ssl": "1", "require_secure_transport": null}));
    }

    #[test]
    fn some_families_set_it_elsewhere() {
        assert!(unread(Some("oracle-ee-19")).is_some());
        assert!(unread(Some("postgres16")).is_none());
    }
}
