//! `s3_external_access`: the other accounts that a bucket's policy lets in.

use assay_core::{Gap, Resource};
use serde_json::Value;

use crate::policy::statements;
use crate::sharing::{Way, outsiders};
use crate::{Deriver, Need, World};

/// The deriver.
#[derive(Debug)]
pub(crate) struct ExternalAccess;

impl Deriver for ExternalAccess {
    fn name(&self) -> &'static str {
        "s3_external_access"
    }

    fn types(&self) -> &'static [&'static str] {
        &["AWS::S3::Bucket"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &["/BucketPolicy"]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn derive(&self, doc: &Resource, _: &dyn World) -> Result<Value, Gap> {
        let Some(document) =
            doc.properties.get("BucketPolicy").and_then(|p| p.get("PolicyDocument"))
        else {
            return Ok(Value::Array(Vec::new()));
        };
        let list = statements(document).map_err(|e| e.gap())?;
        let ways = outsiders(&list, &doc.account, "/BucketPolicy/PolicyDocument");
        Ok(ways.iter().map(Way::with_account).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};
    use serde_json::json;

    fn accounts(statement: Value) -> Vec<String> {
        let mut doc =
            Resource::new("AWS::S3::Bucket", "arn:aws:s3:::b", "aws", "999999999999", "r", "b");
        doc.properties
            .insert("BucketPolicy".into(), json!({"PolicyDocument": {"Statement": statement}}));
        let v = derive(&ExternalAccess, &doc, &Fixed::around(&doc, [])).unwrap();
        v.as_array().unwrap().iter().map(|w| w["Account"].as_str().unwrap().to_owned()).collect()
    }

    fn allow(principal: Value, condition: Value) -> Value {
        json!({"Effect": "Allow", "Principal": principal, "Action": "s3:*", "Resource": "*", "Condition": condition})
    }

    #[test]
    fn who_counts_as_an_account() {
        for (principal, condition, want) in [
            (json!({"AWS": "arn:aws:iam::999999999999:root"}), json!({}), vec![]),
            (
                json!({"AWS": ["111111111111", "arn:aws:iam::222222222222:role/r"]}),
                json!({}),
                vec!["111111111111", "222222222222"],
            ),
            (json!({"Service": "cloudtrail.amazonaws.com"}), json!({}), vec![]),
            (json!({"CanonicalUser": "abc"}), json!({}), vec!["canonical:abc"]),
            (json!("*"), json!({}), vec!["*"]),
            (json!("*"), json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), vec!["o-1"]),
            (
                json!("*"),
                json!({"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-1/r-2/*"}}),
                vec!["o-1"],
            ),
            (
                json!("*"),
                json!({"StringEquals": {"aws:PrincipalAccount": ["111111111111", "999999999999"]}}),
                vec!["111111111111"],
            ),
            (json!("*"), json!({"StringEquals": {"aws:SourceVpce": "vpce-1"}}), vec![]),
        ] {
            assert_eq!(accounts(allow(principal.clone(), condition)), want, "{principal}");
        }
    }

    #[test]
    fn a_deny_lets_nobody_in() {
        let mut s = allow(json!({"AWS": "111111111111", "CanonicalUser": "abc"}), json!({}));
        s["Effect"] = json!("Deny");
        assert!(accounts(s).is_empty());
    }
}
