//! S3 Control: the account's public access block, once, and the access points of each region.

use assay_collect_aws_base::{Cx, Scope, Service, client};
use aws_sdk_s3control::Client;
use aws_sdk_s3control::types::{NetworkOrigin, PublicAccessBlockConfiguration};
use serde_json::Value;

use crate::shape::shape;

const BLOCK: &str = "AWS::S3::AccountPublicAccessBlock";
const ACCESS_POINT: &str = "AWS::S3::AccessPoint";
/// Access points read at once.
const READS: usize = 8;

/// The account's block.
pub static ACCOUNT: Service = Service {
    name: "s3control",
    scope: Scope::Global,
    operations: &["s3control:GetPublicAccessBlock"],
    actions: &["s3:GetAccountPublicAccessBlock"],
    types: &[BLOCK],
    collect: |cx| Box::pin(account_block(cx)),
};

/// Access points.
pub static ACCESS_POINTS: Service = Service {
    name: "s3accesspoints",
    scope: Scope::Regional,
    operations: &["s3control:ListAccessPoints", "s3control:GetAccessPoint"],
    actions: &["s3:ListAccessPoints", "s3:GetAccessPoint"],
    types: &[ACCESS_POINT],
    collect: |cx| Box::pin(access_points(cx)),
};

async fn account_block(cx: Cx) {
    let client = client!(cx, aws_sdk_s3control);
    // There is one block for each account, so the population is known whatever the read says.
    let listing = cx.listing(BLOCK);
    let call = client.get_public_access_block().account_id(cx.account()).send();
    let facet = cx
        .call("s3control:GetPublicAccessBlock", &[], call)
        .await
        .absent_on(&["NoSuchPublicAccessBlockConfiguration"], |a| {
            a.public_access_block_configuration().map(block)
        });
    let mut doc = cx.resource(BLOCK, cx.arn("s3", "account-public-access-block"), cx.account());
    doc.set("PublicAccessBlockConfiguration", facet);
    cx.put(doc).await;
    listing.complete();
}

async fn access_points(cx: Cx) {
    let client = client!(cx, aws_sdk_s3control);
    let mut listing = cx.listing(ACCESS_POINT);
    let mut token = None;
    loop {
        let call = client.list_access_points().account_id(cx.account()).set_next_token(token);
        let called = cx.call("s3control:ListAccessPoints", &[], call.send()).await;
        let Some(page) = listing.page(called) else { return };
        let points = page.access_point_list().to_vec();
        let reads = points.into_iter().map(|p| access_point(&cx, &client, &page.id, p));
        cx.bounded(reads, READS).await;
        token = listing.more(page.next_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

async fn access_point(
    cx: &Cx,
    client: &Client,
    listed: &str,
    point: aws_sdk_s3control::types::AccessPoint,
) {
    let name = point.name();
    let id = point.access_point_arn().map(ToOwned::to_owned);
    let id = id.unwrap_or_else(|| cx.arn("s3", &format!("accesspoint/{name}")));
    let mut doc = cx.resource(ACCESS_POINT, id, name);
    let vpc = point.vpc_configuration().map(|v| shape().with("VpcId", Some(v.vpc_id())).value());
    // An access point in no VPC is reached from the internet.
    let vpc = (vpc.is_some() || *point.network_origin() == NetworkOrigin::Internet)
        .then(|| vpc.unwrap_or(Value::Null));
    let members = shape()
        .with("Name", Some(name))
        .with("Bucket", Some(point.bucket()).filter(|b| !b.is_empty()))
        .or_null("BucketAccountId", point.bucket_account_id())
        .with("NetworkOrigin", Some(point.network_origin().as_str()))
        .with("VpcConfiguration", vpc);
    doc.set_all(members.members(), listed);
    let call = client.get_access_point().account_id(cx.account()).name(name).send();
    let called = cx.call("s3control:GetAccessPoint", &[("name", name)], call).await;
    doc.set(
        "PublicAccessBlockConfiguration",
        called.facet(|a| Some(a.public_access_block_configuration().map_or(Value::Null, block))),
    );
    cx.put(doc).await;
}

fn block(c: &PublicAccessBlockConfiguration) -> Value {
    shape()
        .with("BlockPublicAcls", c.block_public_acls())
        .with("BlockPublicPolicy", c.block_public_policy())
        .with("IgnorePublicAcls", c.ignore_public_acls())
        .with("RestrictPublicBuckets", c.restrict_public_buckets())
        .value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_setting_that_the_answer_lacks_is_left_out() {
        let c = PublicAccessBlockConfiguration::builder().ignore_public_acls(false).build();
        assert_eq!(block(&c), json!({"IgnorePublicAcls": false}));
    }
}
