//! `kms_public_statements` and `kms_external_access`: whom a key's policy and grants let in.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::policy::principal::account_of;
use crate::policy::{Statement, exposures, statements};
use crate::sharing::{Way, outsiders, title, unique};
use crate::{Deriver, Need, World};

const KEY: &str = "AWS::KMS::Key";

/// The deriver of the statements that let everybody in.
#[derive(Debug)]
pub(crate) struct PublicStatements;

impl Deriver for PublicStatements {
    fn name(&self) -> &'static str {
        "kms_public_statements"
    }

    fn types(&self) -> &'static [&'static str] {
        &[KEY]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/KeyPolicy"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let list = policy(doc)?;
        let ways = list.iter().zip(exposures(&list, &doc.account)).filter(|(_, e)| e.public);
        let ways = ways.map(|(s, _)| Way {
            account: String::new(),
            key: s.digest(),
            message: format!("{} lets everybody use the key", title(s)),
            at: format!("/KeyPolicy{}", s.at),
        });
        Ok(unique(ways).iter().map(Way::json).collect())
    }
}

/// The deriver of the accounts that are let in.
#[derive(Debug)]
pub(crate) struct ExternalAccess;

impl Deriver for ExternalAccess {
    fn name(&self) -> &'static str {
        "kms_external_access"
    }

    fn types(&self) -> &'static [&'static str] {
        &[KEY]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/KeyPolicy", "/Grants"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let mut ways = outsiders(&policy(doc)?, &doc.account, "/KeyPolicy");
        ways.extend(grants(doc));
        Ok(unique(ways).iter().map(Way::with_account).collect())
    }
}

fn policy(doc: &Resource) -> Result<Vec<Statement>, Gap> {
    statements(doc.properties.get("KeyPolicy").unwrap_or(&Value::Null)).map_err(|e| e.gap())
}

/// One way for each principal of another account, with all operations of its grants.
fn grants(doc: &Resource) -> Vec<Way> {
    let mut operations: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let list = doc.properties.get("Grants").and_then(Value::as_array);
    for grant in list.map(Vec::as_slice).unwrap_or_default() {
        let Some(grantee) = grant.get("GranteePrincipal").and_then(Value::as_str) else { continue };
        if account_of(grantee).is_some_and(|a| a != doc.account) {
            let of = grant.get("Operations").and_then(Value::as_array);
            operations
                .entry(grantee)
                .or_default()
                .extend(of.into_iter().flatten().filter_map(Value::as_str));
        }
    }
    operations
        .into_iter()
        .map(|(grantee, of)| Way {
            account: account_of(grantee).unwrap_or_default().to_owned(),
            key: format!("grant/{grantee}"),
            message: format!(
                "a grant lets {grantee} use the key ({})",
                of.into_iter().collect::<Vec<_>>().join(", ")
            ),
            at: "/Grants".to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};
    use serde_json::json;

    fn key(statements: Value, grants: Value) -> Resource {
        let mut doc =
            Resource::new(KEY, "arn:aws:kms:r:999999999999:key/k", "aws", "999999999999", "r", "k");
        doc.properties.insert("KeyPolicy".into(), json!({"Statement": statements}));
        doc.properties.insert("Grants".into(), grants);
        doc
    }

    fn run(d: &dyn Deriver, doc: &Resource) -> Vec<String> {
        let v = derive(d, doc, &Fixed::around(doc, [])).unwrap();
        v.as_array().unwrap().iter().map(|w| w["Key"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn public_only_without_narrowing() {
        let s = |c: Value| json!([{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*", "Condition": c}]);
        let public = |c| !run(&PublicStatements, &key(s(c), json!([]))).is_empty();
        assert!(public(json!({})));
        assert!(public(json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}})));
        assert!(!public(json!({"StringEquals": {"kms:CallerAccount": "999999999999"}})));
        assert!(!public(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})));
    }

    #[test]
    fn policy_and_grants_both_let_in() {
        let doc = key(
            json!([{"Effect": "Allow", "Principal": {"AWS": ["111111111111", "999999999999"]}, "Action": "kms:*", "Resource": "*"}]),
            json!([
                {"GrantId": "1", "GranteePrincipal": "arn:aws:iam::222222222222:role/r", "Operations": ["Decrypt"]},
                {"GrantId": "2", "GranteePrincipal": "arn:aws:iam::222222222222:role/r", "Operations": ["Encrypt"]},
                {"GrantId": "3", "GranteePrincipal": "arn:aws:iam::999999999999:role/r", "Operations": ["Decrypt"]},
                {"GrantId": "4", "GranteePrincipal": "rds.amazonaws.com", "Operations": ["Decrypt"]},
            ]),
        );
        let keys = run(&ExternalAccess, &doc);
        assert_eq!(keys.len(), 2);
        assert!(keys[0].starts_with("111111111111/"));
        assert_eq!(keys[1], "grant/arn:aws:iam::222222222222:role/r");
    }
}
