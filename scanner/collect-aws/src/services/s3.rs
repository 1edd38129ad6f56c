//! S3: buckets. One listing for the account, then a handful of reads for each bucket, in the
//! bucket's own region.

use aws_sdk_s3::Client;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use assay_collect_aws_base::{Cx, Draft, Facet, Scope, Service, client};
use assay_core::{Gap, GapState};
use serde_json::{Map, Value, json};

mod map;

/// Buckets.
pub static SERVICE: Service = Service {
    name: "s3",
    scope: Scope::Global,
    operations: &[
        "s3:ListBuckets",
        "s3:GetBucketLocation",
        "s3:GetBucketEncryption",
        "s3:GetPublicAccessBlock",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketAcl",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketVersioning",
        "s3:GetBucketLogging",
        "s3:GetBucketLifecycleConfiguration",
        "s3:GetObjectLockConfiguration",
        "s3:GetBucketReplication",
        "s3:GetBucketTagging",
    ],
    actions: &[
        "s3:ListAllMyBuckets",
        "s3:GetBucketLocation",
        "s3:GetEncryptionConfiguration",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketAcl",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketVersioning",
        "s3:GetBucketLogging",
        "s3:GetLifecycleConfiguration",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetReplicationConfiguration",
        "s3:GetBucketTagging",
    ],
    types: &[BUCKET],
    collect: |cx| Box::pin(collect(cx)),
};

const BUCKET: &str = "AWS::S3::Bucket";
/// Buckets in flight; each has its reads in flight at once.
const BUCKETS: usize = 8;
/// S3 names the regions of buckets only where a page size (or another parameter) is given.
const PAGE: i32 = 1000;

async fn collect(cx: Cx) {
    let buckets = Buckets::new(cx);
    let Place { cx, client } = &buckets.home;
    let mut listing = cx.listing(BUCKET);
    let mut token = None;
    loop {
        let call = client.list_buckets().max_buckets(PAGE).set_continuation_token(token);
        let called = cx.call("s3:ListBuckets", &[], call.send()).await;
        let Some(page) = listing.page(called) else { return };
        let mut named: Vec<(String, Map<String, Value>)> = Vec::new();
        for bucket in page.buckets() {
            match bucket.name() {
                Some(name) => named.push((name.to_owned(), map::listed(bucket))),
                None => listing.stop(Gap::new(GapState::Malformed, "a bucket has no name")),
            }
        }
        let reads = named.into_iter().map(|(name, known)| buckets.collect(&page.id, name, known));
        cx.bounded(reads, BUCKETS).await;
        token = listing.more(page.continuation_token());
        if token.is_none() {
            break;
        }
    }
    listing.complete();
}

/// A region with its client.
#[derive(Clone)]
struct Place {
    cx: Cx,
    client: Client,
}

impl Place {
    fn new(cx: Cx) -> Self {
        let client = client!(cx, aws_sdk_s3, |b| b.force_path_style(cx.path_style()));
        Self { cx, client }
    }
}

struct Buckets {
    /// Where the listing is asked.
    home: Place,
    /// The regions in which buckets lie.
    places: Mutex<BTreeMap<String, Place>>,
}

impl Buckets {
    fn new(cx: Cx) -> Self {
        Self { home: Place::new(cx), places: Mutex::default() }
    }

    fn place(&self, region: &str) -> Place {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Place::new(self.home.cx.at(region));
        places.entry(region.to_owned()).or_insert_with(new).clone()
    }

    /// Reads everything of one bucket and writes it.
    async fn collect(&self, listed: &str, name: String, mut known: Map<String, Value>) {
        let name = name.as_str();
        let region = match known.remove("BucketRegion") {
            Some(region) => Facet::known(region, listed),
            None => self.location(name).await,
        };
        // Where even the region is hidden, the bucket stays with its listing.
        let place = match region.value().and_then(Value::as_str) {
            Some(region) => self.place(region),
            None => self.home.clone(),
        };
        let arn = format!("arn:{}:s3:::{name}", place.cx.partition());
        let mut doc = place.cx.resource(BUCKET, arn, name);
        doc.set_all(known, listed).set("BucketRegion", region);
        read(&place.cx, &place.client, name, &mut doc).await;
        place.cx.put(doc).await;
    }

    /// The region, where the listing does not tell.
    async fn location(&self, name: &str) -> Facet {
        let Place { cx, client } = &self.home;
        let call = client.get_bucket_location().bucket(name).send();
        cx.call("s3:GetBucketLocation", &[("bucket", name)], call)
            .await
            .facet(|a| Some(json!(map::region(a.location_constraint().map(|c| c.as_str())))))
    }
}

/// One read: the operation, the SDK's method, the codes that prove absence, and the mapping.
macro_rules! read {
    ($cx:ident, $client:ident, $name:ident, $op:literal, $method:ident, $absent:expr, $map:expr) => {
        async {
            let call = $client.$method().bucket($name).send();
            $cx.call($op, &[("bucket", $name)], call).await.absent_on($absent, $map)
        }
    };
}

async fn read(cx: &Cx, client: &Client, name: &str, doc: &mut Draft) {
    let (encryption, block, policy, acl, ownership, versioning) = tokio::join!(
        read!(
            cx,
            client,
            name,
            "s3:GetBucketEncryption",
            get_bucket_encryption,
            &["ServerSideEncryptionConfigurationNotFoundError"],
            |a| a.server_side_encryption_configuration().map(map::encryption)
        ),
        read!(
            cx,
            client,
            name,
            "s3:GetPublicAccessBlock",
            get_public_access_block,
            &["NoSuchPublicAccessBlockConfiguration"],
            |a| a.public_access_block_configuration().map(map::public_access_block)
        ),
        policy(cx, client, name),
        read!(cx, client, name, "s3:GetBucketAcl", get_bucket_acl, &[], |a| Some(map::acl(a))),
        read!(
            cx,
            client,
            name,
            "s3:GetBucketOwnershipControls",
            get_bucket_ownership_controls,
            &["OwnershipControlsNotFoundError"],
            |a| a.ownership_controls().map(map::ownership)
        ),
        read!(cx, client, name, "s3:GetBucketVersioning", get_bucket_versioning, &[], |a| Some(
            map::versioning(a)
        )),
    );
    let (logging, lifecycle, lock, replication, ()) = tokio::join!(
        read!(cx, client, name, "s3:GetBucketLogging", get_bucket_logging, &[], |a| Some(
            a.logging_enabled().map_or(Value::Null, map::logging)
        )),
        read!(
            cx,
            client,
            name,
            "s3:GetBucketLifecycleConfiguration",
            get_bucket_lifecycle_configuration,
            &["NoSuchLifecycleConfiguration"],
            |a| Some(map::lifecycle(a.rules()))
        ),
        read!(
            cx,
            client,
            name,
            "s3:GetObjectLockConfiguration",
            get_object_lock_configuration,
            &["ObjectLockConfigurationNotFoundError"],
            |a| a.object_lock_configuration().map(map::object_lock)
        ),
        read!(
            cx,
            client,
            name,
            "s3:GetBucketReplication",
            get_bucket_replication,
            &["ReplicationConfigurationNotFoundError"],
            |a| a.replication_configuration().map(map::replication)
        ),
        tags(cx, client, name, doc),
    );
    let (policy, status) = policy;
    doc.set("BucketEncryption", encryption)
        .set("PublicAccessBlockConfiguration", block)
        .set("BucketPolicy", policy)
        .set("PolicyStatus", status)
        .set("AccessControlPolicy", acl)
        .set("OwnershipControls", ownership)
        .set("VersioningConfiguration", versioning)
        .set("LoggingConfiguration", logging)
        .set("LifecycleConfiguration", lifecycle)
        .set("ObjectLockConfiguration", lock)
        .set("ReplicationConfiguration", replication);
}

/// The policy, and what S3 says of it. Without a policy S3 has nothing to say.
async fn policy(cx: &Cx, client: &Client, name: &str) -> (Facet, Facet) {
    const ABSENT: &[&str] = &["NoSuchBucketPolicy"];
    let policy = read!(cx, client, name, "s3:GetBucketPolicy", get_bucket_policy, ABSENT, |a| {
        let document: Value = serde_json::from_str(a.policy()?).ok()?;
        Some(json!({"PolicyDocument": document}))
    })
    .await;
    if matches!(&policy, Facet::Known { value: Value::Null, .. }) {
        return (policy.clone(), policy);
    }
    let status = read!(
        cx,
        client,
        name,
        "s3:GetBucketPolicyStatus",
        get_bucket_policy_status,
        ABSENT,
        // An answer without a word on it stays an empty object: known to say nothing.
        |a| Some(a.policy_status().map_or_else(|| json!({}), map::policy_status))
    )
    .await;
    (policy, status)
}

async fn tags(cx: &Cx, client: &Client, name: &str, doc: &mut Draft) {
    let call = client.get_bucket_tagging().bucket(name).send();
    let called = cx.call("s3:GetBucketTagging", &[("bucket", name)], call).await;
    let called = called.or_absent(&["NoSuchTagSet"]);
    match &called.result {
        Ok(Some(answer)) => doc.tags(map::tags(answer.tag_set()), &called.id),
        Ok(None) => doc.tags(std::iter::empty::<(Option<String>, Option<String>)>(), &called.id),
        Err(e) => doc.lose_tags(e.gap()),
    };
}
