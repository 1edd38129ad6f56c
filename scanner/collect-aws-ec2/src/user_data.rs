//! User data: decoded, searched for secrets, redacted.

use std::io::Read as _;

use assay_collect_aws_base::{Cx, Draft, Facet};
use assay_core::{Gap, GapState};
use assay_snapshot::redact::{Redacted, redact};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

/// The API takes at most 16 KiB of user data; unpacked it is read up to this size.
const MAX: u64 = 1 << 20;

/// Decodes and redacts.
///
/// # Errors
/// Why the text cannot be read: it then cannot be searched either.
pub(crate) fn read(encoded: &str, key: Option<&[u8]>) -> Result<Redacted, String> {
    let packed: String = encoded.chars().filter(|c| !c.is_whitespace()).collect();
    let bytes = STANDARD.decode(packed).map_err(|_| "user data is not base64".to_owned())?;
    let bytes = unpack(bytes)?;
    let text = String::from_utf8(bytes).map_err(|_| "user data is not text".to_owned())?;
    Ok(redact(&text, key))
}

/// cloud-init takes gzip.
fn unpack(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(bytes);
    }
    let mut out = Vec::new();
    let mut reader = flate2::read::MultiGzDecoder::new(bytes.as_slice()).take(MAX + 1);
    reader.read_to_end(&mut out).map_err(|_| "user data is broken gzip".to_owned())?;
    if out.len() as u64 > MAX {
        return Err("user data unpacks to more than 1 MiB".to_owned());
    }
    Ok(out)
}

/// The `secrets` of a redacted text, with the pointer to it.
pub(crate) fn secrets(found: &Redacted, pointer: &str) -> Vec<Value> {
    let one = |kind: &str, digest: &Option<String>| {
        let mut m = Map::new();
        m.insert("kind".to_owned(), json!(kind));
        m.insert("pointer".to_owned(), json!(pointer));
        if let Some(d) = digest {
            m.insert("digest".to_owned(), json!(d));
        }
        Value::Object(m)
    };
    found.secrets.iter().map(|s| one(s.kind, &s.digest)).collect()
}

/// Reads the user data of an instance into its draft.
pub(crate) async fn of_instance(cx: &Cx, ec2: &aws_sdk_ec2::Client, id: &str, draft: &mut Draft) {
    let attribute = aws_sdk_ec2::types::InstanceAttributeName::UserData;
    let request = ec2.describe_instance_attribute().instance_id(id).attribute(attribute);
    let called =
        cx.call("ec2:DescribeInstanceAttribute", &[("InstanceId", id)], request.send()).await;
    let gap = match &called.result {
        Err(e) => e.gap(),
        Ok(answer) => {
            // Without user data the attribute comes without a value.
            let encoded = answer.user_data.as_ref().and_then(|a| a.value.as_deref());
            match encoded.map(|t| read(t, cx.options().estate_key.as_deref())) {
                None => {
                    draft.set("UserData", Facet::absent(&called.id)).derived("secrets", json!([]));
                    return;
                }
                Some(Ok(found)) => {
                    let secrets = secrets(&found, "/UserData");
                    draft.set("UserData", Facet::known(found.text, &called.id));
                    draft.derived("secrets", json!(secrets));
                    return;
                }
                Some(Err(why)) => {
                    let mut gap = Gap::new(GapState::Unsupported, why);
                    gap.call = Some(called.id.clone());
                    gap
                }
            }
        }
    };
    draft.lose(&["UserData"], &gap).lose_derived("secrets", gap);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn secrets_are_found_in_plain_and_packed_user_data() {
        let script = "#!/bin/sh\nexport DB_PASSWORD=hunter2hunter2\n";
        let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gz.write_all(script.as_bytes()).unwrap();
        for bytes in [script.as_bytes().to_vec(), gz.finish().unwrap()] {
            let found = read(&STANDARD.encode(bytes), None).unwrap();
            assert!(!found.text.contains("hunter2"));
            assert_eq!(
                secrets(&found, "/UserData"),
                [json!({"kind": "password", "pointer": "/UserData"})]
            );
        }
    }

    #[test]
    fn what_is_no_text_is_not_said_to_be_clean() {
        assert!(read("%%%", None).is_err());
        assert!(read(&STANDARD.encode([0xff, 0xfe, 0x00]), None).is_err());
        assert!(read(&STANDARD.encode([0x1f, 0x8b, 0x00]), None).is_err());
    }
}
