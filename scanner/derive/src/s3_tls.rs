//! `s3_tls`: whether a bucket's policy refuses every request in clear text.
//!
//! It does where `Deny` statements for everybody and for every action of S3, with no condition but
//! `aws:SecureTransport` being false, cover the bucket and all of its objects. A condition on
//! `s3:TlsVersion` alone refuses old versions of TLS; a request without TLS carries no version.

use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use crate::policy::{Condition, Effect, Operator, Statement, statements};
use crate::{Deriver, Need, World};

/// The deriver.
#[derive(Debug)]
pub(crate) struct Tls;

impl Deriver for Tls {
    fn name(&self) -> &'static str {
        "s3_tls"
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
            return Ok(verdict(Err("the bucket has no policy")));
        };
        let list = statements(document).map_err(|e| e.gap())?;
        Ok(verdict(judge(&list, &doc.id)))
    }
}

fn verdict(result: Result<(), &str>) -> Value {
    json!({
        "Enforced": result.is_ok(),
        "Message": result.err().unwrap_or("requests without TLS are denied"),
    })
}

fn judge(list: &[Statement], arn: &str) -> Result<(), &'static str> {
    let denies = |s: &&Statement| s.effect == Effect::Deny;
    let clear: Vec<&Statement> =
        list.iter().filter(denies).filter(|s| s.conditions.iter().any(is_clear_text)).collect();
    if clear.is_empty() {
        let versions = |c: &Condition| c.key == "s3:tlsversion";
        return Err(if list.iter().filter(denies).any(|s| s.conditions.iter().any(versions)) {
            "the policy denies old versions of TLS, but not requests without TLS"
        } else {
            "no statement denies requests without TLS"
        });
    }
    let clear: Vec<_> = clear.into_iter().filter(|s| s.conditions.len() == 1).collect();
    if clear.is_empty() {
        return Err("requests without TLS are denied only under further conditions");
    }
    let clear: Vec<_> =
        clear.into_iter().filter(|s| s.principals.as_ref().is_some_and(|p| p.any)).collect();
    if clear.is_empty() {
        return Err("requests without TLS are denied only to some principals");
    }
    let clear: Vec<_> = clear.into_iter().filter(|s| s.actions.covers("s3:*")).collect();
    if clear.is_empty() {
        return Err("requests without TLS are denied only for some actions");
    }
    let covered = |resource: &str| {
        clear.iter().any(|s| s.resources.as_ref().is_some_and(|r| r.covers(resource)))
    };
    if !covered(arn) {
        return Err("requests without TLS are denied only on objects, not on the bucket");
    }
    if !covered(&format!("{arn}/*")) {
        return Err("requests without TLS are not denied on all objects");
    }
    Ok(())
}

fn is_clear_text(c: &Condition) -> bool {
    c.operator == Operator::Bool
        && c.key == "aws:securetransport"
        && c.values.iter().any(|v| v.eq_ignore_ascii_case("false"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fixed, derive};

    fn message(statement: Value) -> String {
        let mut doc = Resource::new("AWS::S3::Bucket", "arn:aws:s3:::b", "aws", "1", "r", "b");
        doc.properties
            .insert("BucketPolicy".into(), json!({"PolicyDocument": {"Statement": statement}}));
        let v = derive(&Tls, &doc, &Fixed::around(&doc, [])).unwrap();
        if v["Enforced"] == json!(true) {
            return "yes".into();
        }
        v["Message"].as_str().unwrap().to_owned()
    }

    fn deny() -> Value {
        json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    }

    #[test]
    fn what_refuses_clear_text() {
        for (change, want) in [
            (json!({}), "yes"),
            (json!({"Principal": {"AWS": ["*"]}, "Action": ["*"], "Resource": "*"}), "yes"),
            (json!({"Resource": "arn:aws:s3:::b*"}), "yes"),
            (json!({"Condition": {"bool": {"AWS:securetransport": [false]}}}), "yes"),
            (json!({"Condition": {"BoolIfExists": {"aws:SecureTransport": "False"}}}), "yes"),
            (json!({"NotAction": "iam:*", "Action": null}), "yes"),
            (json!({"Effect": "Allow"}), "no statement"),
            (json!({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}), "no statement"),
            (
                json!({"Condition": {"NumericLessThan": {"s3:TlsVersion": 1.2}}}),
                "denies old versions",
            ),
            (
                json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}, "NumericLessThan": {"s3:TlsVersion": "1.2"}}}),
                "further conditions",
            ),
            (json!({"Principal": {"AWS": "111111111111"}}), "some principals"),
            (json!({"Action": ["s3:GetObject", "s3:PutObject"]}), "some actions"),
            (json!({"Resource": "arn:aws:s3:::b/*"}), "not on the bucket"),
            (json!({"Resource": "arn:aws:s3:::b"}), "not denied on all objects"),
            (
                json!({"Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/x/*"]}),
                "not denied on all objects",
            ),
            (json!({"Resource": "arn:aws:s3:::other*"}), "only on objects"),
        ] {
            let mut s = deny();
            for (k, v) in change.as_object().unwrap() {
                if v.is_null() {
                    s.as_object_mut().unwrap().remove(k);
                } else {
                    s[k] = v.clone();
                }
            }
            let got = message(json!([s]));
            assert!(got.contains(want), "{change}: {got}");
        }
    }

    #[test]
    fn bucket_and_objects_may_be_covered_by_two_statements() {
        let (mut a, mut b) = (deny(), deny());
        a["Resource"] = json!("arn:aws:s3:::b");
        b["Resource"] = json!("arn:aws:s3:::b/*");
        assert_eq!(message(json!([a, b])), "yes");
    }
}
