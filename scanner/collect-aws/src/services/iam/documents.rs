//! Policy documents as IAM gives them: JSON, percent-encoded (RFC 3986).

use assay_core::{Gap, GapState};
use aws_sdk_iam::types::{AttachedPolicy, PolicyDetail};
use serde_json::{Value, json};

/// Decodes and parses a document.
pub(super) fn document(text: Option<&str>) -> Result<Value, Gap> {
    let malformed = |detail: String| Gap::new(GapState::Malformed, detail);
    let text = text.ok_or_else(|| malformed("the answer lacks the document".to_owned()))?;
    // Some emulators do not encode; a document that is plain must not be decoded once more.
    let plain = if text.trim_start().starts_with('{') {
        text.to_owned()
    } else {
        decode(text)
            .ok_or_else(|| malformed("the document is not percent-encoded text".to_owned()))?
    };
    serde_json::from_str(&plain).map_err(|e| malformed(format!("the document is no JSON: {e}")))
}

/// Inline policies as the facet `Policies`, with the gaps of documents that cannot be read.
pub(super) fn inline(list: &[PolicyDetail]) -> (Value, Vec<(String, Gap)>) {
    let mut gaps = Vec::new();
    let mut out = Vec::new();
    for (i, p) in list.iter().enumerate() {
        let document = document(p.policy_document()).unwrap_or_else(|gap| {
            gaps.push((format!("/Policies/{i}/PolicyDocument"), gap));
            Value::Null
        });
        let mut policy = json!({"PolicyDocument": document});
        if let (Some(name), Some(map)) = (p.policy_name(), policy.as_object_mut()) {
            map.insert("PolicyName".to_owned(), json!(name));
        }
        out.push(policy);
    }
    (Value::Array(out), gaps)
}

/// Attached policies as the facet `ManagedPolicyArns`; `None` if one has no ARN.
pub(super) fn attached(list: &[AttachedPolicy]) -> Option<Value> {
    let arns: Option<Vec<&str>> = list.iter().map(AttachedPolicy::policy_arn).collect();
    arns.map(|a| json!(a))
}

fn decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        if b == b'%' {
            let high = char::from(bytes.next()?).to_digit(16)?;
            let low = char::from(bytes.next()?).to_digit(16)?;
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(b);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded_once() {
        let want = json!({"Statement": [{"Sid": "ä+ %20"}]});
        let text = "%7B%22Statement%22%3A%5B%7B%22Sid%22%3A%22%C3%A4+%20%2520%22%7D%5D%7D";
        assert_eq!(document(Some(text)).unwrap(), want);
        assert_eq!(document(Some("{\"Statement\": [{\"Sid\": \"ä+ %20\"}]}")).unwrap(), want);
        for bad in [None, Some(""), Some("%7"), Some("%zz"), Some("%ff"), Some("%7Bx")] {
            assert_eq!(document(bad).unwrap_err().state, GapState::Malformed, "{bad:?}");
        }
    }

    #[test]
    fn a_document_that_cannot_be_read_is_a_gap() {
        let good = PolicyDetail::builder().policy_name("a").policy_document("%7B%7D").build();
        let bad = PolicyDetail::builder().policy_name("b").policy_document("nonsense").build();
        let (value, gaps) = inline(&[good, bad]);
        assert_eq!(value[0], json!({"PolicyName": "a", "PolicyDocument": {}}));
        assert_eq!(gaps[0].0, "/Policies/1/PolicyDocument");
        let none = AttachedPolicy::builder().policy_name("x").build();
        assert!(attached(&[none]).is_none());
    }
}
