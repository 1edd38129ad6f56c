//! The services: one file each. Adding one is a file, its `mod` and its line in the list.

pub mod accessanalyzer;
pub mod account;
pub mod backup;
pub mod cloudtrail;
pub mod cloudwatch;
pub mod config;
pub mod dlm;
pub mod events;
pub mod guardduty;
pub mod iam;
pub mod kms;
pub mod logs;
pub mod organizations;
pub mod rds;
pub mod s3;
pub mod s3control;
pub mod sns;
pub mod ssm;

use assay_collect_aws_base::Service;

static OWN: &[&Service] = &[
    &accessanalyzer::SERVICE,
    &account::SERVICE,
    &backup::SERVICE,
    &cloudtrail::SERVICE,
    &cloudwatch::SERVICE,
    &config::SERVICE,
    &dlm::SERVICE,
    &events::SERVICE,
    &guardduty::SERVICE,
    &iam::SERVICE,
    &kms::SERVICE,
    &logs::SERVICE,
    &organizations::SERVICE,
    &rds::SERVICE,
    &s3::SERVICE,
    &s3control::ACCOUNT,
    &s3control::ACCESS_POINTS,
    &sns::SERVICE,
    &ssm::SERVICE,
];

/// All services, in the order of their names.
#[must_use]
pub fn services() -> Vec<&'static Service> {
    let mut all: Vec<&Service> =
        OWN.iter().chain(assay_collect_aws_ec2::SERVICES).copied().collect();
    all.sort_by_key(|s| s.name);
    all
}
