//! Which regions an account has: the listing on which all regional ones rest.

use assay_collect_aws_base::{Called, Cx, Facet, Scope, Service, client};

/// The type of a region's document and of the listing of regions.
pub const REGION: &str = "Assay::AWS::Region";

/// The discovery as a service: asked once, before all others.
pub static SERVICE: Service = Service {
    name: "regions",
    scope: Scope::Global,
    operations: &["ec2:DescribeRegions"],
    actions: &["ec2:DescribeRegions"],
    types: &[REGION],
    collect: |_| Box::pin(async {}),
};

/// A region of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// `opt-in-not-required`, `opted-in` or `not-opted-in`.
    pub opt_in: Option<String>,
}

impl Region {
    /// Whether the account uses the region. A region that says nothing counts as enabled: it is
    /// then asked, and says so itself if it is not.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.opt_in.as_deref() != Some("not-opted-in")
    }
}

/// Asks for all regions, enabled or not.
pub async fn discover(cx: &Cx) -> Called<Vec<Region>> {
    let ec2 = client!(cx, aws_sdk_ec2);
    let call = ec2.describe_regions().all_regions(true).send();
    let called = cx.call("ec2:DescribeRegions", &[], call).await;
    called.map(|out| {
        let regions = out.regions().iter().filter_map(|r| {
            Some(Region {
                name: r.region_name()?.to_owned(),
                opt_in: r.opt_in_status().map(str::to_owned),
            })
        });
        regions.collect()
    })
}

/// Writes the document of a region in scope.
pub async fn put(cx: &Cx, region: &Region, call: &str) {
    let mut draft = cx.region_document(&region.name);
    draft.set("RegionName", Facet::known(region.name.as_str(), call));
    draft.set("OptInStatus", Facet::known(region.opt_in.clone(), call));
    cx.put(draft).await;
}
