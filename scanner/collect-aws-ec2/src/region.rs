//! What an account says for all of EC2 in a region.

use assay_collect_aws_base::Cx;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::InstanceMetadataDefaultsResponse;
use serde_json::{Value, json};

use crate::map::Facets;

/// The settings of the region, folded into its document.
pub(crate) async fn settings(cx: &Cx, ec2: &Client) {
    let (encryption, snapshots, images, metadata) = futures_util::future::join4(
        cx.call("ec2:GetEbsEncryptionByDefault", &[], ec2.get_ebs_encryption_by_default().send()),
        cx.call(
            "ec2:GetSnapshotBlockPublicAccessState",
            &[],
            ec2.get_snapshot_block_public_access_state().send(),
        ),
        cx.call(
            "ec2:GetImageBlockPublicAccessState",
            &[],
            ec2.get_image_block_public_access_state().send(),
        ),
        cx.call(
            "ec2:GetInstanceMetadataDefaults",
            &[],
            ec2.get_instance_metadata_defaults().send(),
        ),
    )
    .await;
    let mut draft = cx.region_document(cx.region());
    draft
        .set(
            "EbsEncryptionByDefault",
            encryption.facet(|a| a.ebs_encryption_by_default.map(Into::into)),
        )
        .set(
            "SnapshotBlockPublicAccess",
            snapshots.facet(|a| a.state.as_ref().map(|s| json!({"State": s.as_str()}))),
        )
        .set(
            "ImageBlockPublicAccess",
            images
                .facet(|a| a.image_block_public_access_state.as_ref().map(|s| json!({"State": s}))),
        )
        .set(
            "InstanceMetadataDefaults",
            metadata.facet(|a| Some(a.account_level.as_ref().map_or(Value::Null, defaults))),
        );
    cx.fold(draft).await;
}

/// The account's preferences; `null` where it states none, which the API says by an empty element.
fn defaults(d: &InstanceMetadataDefaultsResponse) -> Value {
    let preference = |word: &str| (word != "no-preference").then(|| word.to_owned());
    let out = Facets::default()
        .must("HttpTokens", d.http_tokens.as_ref().and_then(|t| preference(t.as_str())))
        .must("HttpEndpoint", d.http_endpoint.as_ref().and_then(|t| preference(t.as_str())))
        .must("HttpPutResponseHopLimit", d.http_put_response_hop_limit.filter(|n| *n > 0))
        .must(
            "InstanceMetadataTags",
            d.instance_metadata_tags.as_ref().and_then(|t| preference(t.as_str())),
        )
        .must("HttpTokensEnforced", d.http_tokens_enforced.as_ref().map(|t| t.as_str()))
        .done();
    if out.is_empty() { Value::Null } else { Value::Object(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_ec2::types::HttpTokensState;

    #[test]
    fn no_preference_is_absence() {
        assert_eq!(defaults(&InstanceMetadataDefaultsResponse::builder().build()), Value::Null);
        let d = InstanceMetadataDefaultsResponse::builder().http_tokens(HttpTokensState::Required);
        assert_eq!(defaults(&d.build()), json!({"HttpTokens": "required"}));
    }
}
