//! Instances, launch templates, images.

use std::collections::BTreeMap;

use assay_collect_aws_base::{Cx, Draft, Facet};
use assay_core::{Gap, GapState};
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::LaunchTemplateVersion;
use serde_json::{Value, json};

use crate::page::{Found, ask, draft, gather, lacking, pages};
use crate::{map, user_data};

/// How many instances of a page are asked for their user data at once.
const WIDTH: usize = 16;

/// Instances, each with its user data.
pub(crate) async fn instances(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::Instance";
    let mut listing = cx.listing(KIND);
    let request = || ec2.describe_instances().max_results(500);
    pages!(cx, listing, "ec2:DescribeInstances", request(), reservations, |items, call| {
        let mut drafts = Vec::new();
        for r in &items {
            let Some(instances) = &r.instances else {
                listing.stop(lacking("the instances of a reservation", &call));
                continue;
            };
            let owner = r.owner_id.as_deref();
            for i in instances {
                let (id, tags) = (i.instance_id.as_ref(), i.tags.as_ref());
                let found = Found { kind: KIND, noun: "instance", id, owner, tags };
                drafts.extend(draft(cx, &mut listing, &found, map::instance(i, owner), &call));
            }
        }
        let all = drafts.into_iter().map(|mut d| async move {
            let id = d.resource.name.clone();
            user_data::of_instance(cx, ec2, &id, &mut d).await;
            cx.put(d).await;
        });
        cx.bounded(all, WIDTH).await;
    });
    listing.complete();
}

/// Launch templates with their default and latest version.
pub(crate) async fn launch_templates(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::LaunchTemplate";
    let versions = versions(cx, ec2).await;
    let mut listing = cx.listing(KIND);
    let request = || ec2.describe_launch_templates().max_results(200);
    pages!(
        cx,
        listing,
        "ec2:DescribeLaunchTemplates",
        request(),
        launch_templates,
        |items, call| {
            for t in &items {
                let (id, tags) = (t.launch_template_id.as_ref(), t.tags.as_ref());
                let found = Found { kind: KIND, noun: "launch-template", id, owner: None, tags };
                let facets = map::launch_template(t);
                let Some(mut d) = draft(cx, &mut listing, &found, facets, &call) else { continue };
                match &versions {
                    Ok((all, call)) => match id.and_then(|id| all.get(id)) {
                        Some(own) => set_versions(cx, &mut d, own, call),
                        None => lose(&mut d, lacking("the versions of the template", call)),
                    },
                    Err(gap) => lose(&mut d, gap.clone()),
                }
                cx.put(d).await;
            }
        }
    );
    listing.complete();
}

fn lose(d: &mut Draft, gap: Gap) {
    d.lose(&["Versions"], &gap).lose_derived("secrets", gap);
}

type Versions = BTreeMap<String, Vec<LaunchTemplateVersion>>;

/// The default and the latest version of every template, in one paged operation.
async fn versions(cx: &Cx, ec2: &Client) -> Result<(Versions, String), Gap> {
    let request = || {
        let versions = ec2.describe_launch_template_versions().versions("$Default");
        versions.versions("$Latest").max_results(200)
    };
    let (all, call) = gather(ask!(
        cx,
        "ec2:DescribeLaunchTemplateVersions",
        &[],
        request(),
        launch_template_versions
    ))
    .await?;
    let mut out = Versions::new();
    for v in all {
        let Some(id) = v.launch_template_id.clone() else {
            return Err(lacking("the template of a version", &call));
        };
        let own = out.entry(id).or_default();
        // The default version may be the latest.
        if !own.iter().any(|o| o.version_number == v.version_number) {
            own.push(v);
            own.sort_by_key(|v| v.version_number);
        }
    }
    Ok((out, call))
}

fn set_versions(cx: &Cx, d: &mut Draft, versions: &[LaunchTemplateVersion], call: &str) {
    let mut all = Vec::new();
    let mut secrets = Vec::new();
    let mut unread = None;
    for (i, v) in versions.iter().enumerate() {
        let pointer = format!("/Versions/{i}/LaunchTemplateData/UserData");
        let encoded = v.launch_template_data.as_ref().and_then(|d| d.user_data.as_deref());
        let mut text = None;
        match encoded.map(|t| user_data::read(t, cx.options().estate_key.as_deref())) {
            None => {}
            Some(Ok(found)) => {
                secrets.extend(user_data::secrets(&found, &pointer));
                text = Some(found.text);
            }
            Some(Err(why)) => {
                let mut gap = Gap::new(GapState::Unsupported, why);
                gap.call = Some(call.to_owned());
                d.gap(&pointer, gap.clone());
                unread.get_or_insert(gap);
            }
        }
        let Some(version) = map::version(v, text.as_deref()) else {
            return lose(d, lacking("the data of a version", call));
        };
        all.push(version);
    }
    d.set("Versions", Facet::known(Value::Array(all), call));
    match unread {
        None => d.derived("secrets", json!(secrets)),
        Some(gap) => d.lose_derived("secrets", gap),
    };
}

/// Machine images of the account, deprecated ones included.
pub(crate) async fn images(cx: &Cx, ec2: &Client) {
    const KIND: &str = "AWS::EC2::Image";
    let mut listing = cx.listing(KIND);
    let request = || ec2.describe_images().owners("self").max_results(1000);
    pages!(cx, listing, "ec2:DescribeImages", request(), images, |items, call| {
        for i in &items {
            let (id, tags) = (i.image_id.as_ref(), i.tags.as_ref());
            // ARNs of images name no account.
            let found = Found { kind: KIND, noun: "image", id, owner: Some(""), tags };
            if let Some(d) = draft(cx, &mut listing, &found, map::image(i), &call) {
                cx.put(d).await;
            }
        }
    });
    listing.complete();
}
