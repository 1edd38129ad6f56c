//! Server certificates and identity providers.

use assay_collect_aws_base::{Cx, Facet};
use assay_core::{Gap, GapState};
use aws_sdk_iam::Client;
use serde_json::{Value, json};

use super::{OIDC_PROVIDER, SAML_PROVIDER, SERVER_CERTIFICATE};
use crate::shape::time;

/// Providers read at once.
const READS: usize = 8;

/// Server certificates, paged.
pub(super) async fn certificates(cx: &Cx, iam: &Client) {
    let mut listing = cx.listing(SERVER_CERTIFICATE);
    let mut marker = None;
    loop {
        let call = iam.list_server_certificates().set_marker(marker);
        let called = cx.call("iam:ListServerCertificates", &[], call.send()).await;
        let Some(page) = listing.page(called) else { return };
        for c in page.server_certificate_metadata_list() {
            let mut doc = cx.resource(SERVER_CERTIFICATE, c.arn(), c.server_certificate_name());
            doc.set("ServerCertificateName", Facet::known(c.server_certificate_name(), &page.id))
                .set("Path", Facet::known(c.path(), &page.id))
                .set("UploadDate", Facet::expected(c.upload_date().and_then(time), &page.id))
                .set("Expiration", Facet::expected(c.expiration().and_then(time), &page.id));
            cx.put(doc).await;
        }
        if !page.is_truncated() {
            break;
        }
        marker = listing.more(page.marker());
        if marker.is_none() {
            listing.stop(no_token());
            break;
        }
    }
    listing.complete();
}

/// SAML providers: IAM lists them in one page.
pub(super) async fn saml(cx: &Cx, iam: &Client) {
    let mut listing = cx.listing(SAML_PROVIDER);
    let called = cx.call("iam:ListSAMLProviders", &[], iam.list_saml_providers().send()).await;
    let Some(page) = listing.page(called) else { return };
    for p in page.saml_provider_list() {
        let Some(arn) = p.arn() else {
            listing.stop(Gap::new(GapState::Malformed, "a provider has no ARN"));
            continue;
        };
        let name = arn.rsplit('/').next().unwrap_or(arn);
        let mut doc = cx.resource(SAML_PROVIDER, arn, name);
        doc.set("Name", Facet::known(name, &page.id))
            .set("CreateDate", Facet::expected(p.create_date().and_then(time), &page.id))
            .set("ValidUntil", Facet::known(json!(p.valid_until().and_then(time)), &page.id));
        cx.put(doc).await;
    }
    listing.complete();
}

/// OIDC providers: one list, one read for each.
pub(super) async fn oidc(cx: &Cx, iam: &Client) {
    let mut listing = cx.listing(OIDC_PROVIDER);
    let called = cx
        .call("iam:ListOpenIDConnectProviders", &[], iam.list_open_id_connect_providers().send())
        .await;
    let Some(page) = listing.page(called) else { return };
    let arns: Vec<&str> =
        page.open_id_connect_provider_list().iter().filter_map(|p| p.arn()).collect();
    if arns.len() < page.open_id_connect_provider_list().len() {
        listing.stop(Gap::new(GapState::Malformed, "a provider has no ARN"));
    }
    cx.bounded(arns.into_iter().map(|arn| oidc_provider(cx, iam, arn)), READS).await;
    listing.complete();
}

async fn oidc_provider(cx: &Cx, iam: &Client, arn: &str) {
    let call = iam.get_open_id_connect_provider().open_id_connect_provider_arn(arn);
    let called = cx.call("iam:GetOpenIDConnectProvider", &[("arn", arn)], call.send()).await;
    let name = arn.split_once("oidc-provider/").map_or(arn, |(_, url)| url);
    let mut doc = cx.resource(OIDC_PROVIDER, arn, name);
    doc.set("Url", called.facet(|a| a.url().map(Value::from)))
        .set("ClientIdList", called.facet(|a| Some(json!(a.client_id_list()))))
        .set("ThumbprintList", called.facet(|a| Some(json!(a.thumbprint_list()))))
        .set("CreateDate", called.facet(|a| a.create_date().and_then(time).map(Value::from)));
    match &called.result {
        Ok(a) => {
            let tags = a.tags().iter().map(|t| (Some(t.key()), Some(t.value())));
            doc.tags(tags, &called.id);
        }
        Err(e) => {
            doc.lose_tags(e.gap());
        }
    }
    cx.put(doc).await;
}

/// A list that goes on without saying where.
pub(super) fn no_token() -> Gap {
    Gap::new(GapState::Malformed, "the list goes on without a new page token")
}
