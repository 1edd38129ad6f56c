//! The IAM policy that a scan needs, from what the services declare.

use std::collections::BTreeSet;

use assay_collect_aws_base::Service;
use serde_json::{Value, json};

/// The operation that writes: it makes IAM build a credential report.
pub const GENERATE_REPORT: &str = "iam:GenerateCredentialReport";

/// The IAM actions of some services and of the discovery, sorted.
#[must_use]
pub fn actions(services: &[&Service], credential_report: bool) -> BTreeSet<&'static str> {
    services
        .iter()
        .copied()
        .chain([&crate::connect::IDENTITY, &assay_collect_aws_ec2::regions::SERVICE])
        .flat_map(|s| s.actions.iter().copied())
        .filter(|a| credential_report || *a != GENERATE_REPORT)
        .collect()
}

/// The minimal policy document: read-only, apart from [`GENERATE_REPORT`] where it may be called.
#[must_use]
pub fn policy(services: &[&Service], credential_report: bool) -> Value {
    let actions: Vec<&str> = actions(services, credential_report).into_iter().collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "AssayReadOnly", "Effect": "Allow", "Action": actions, "Resource": "*"}
        ]
    })
}

/// What the caller of a scan of many accounts needs beside: to list them and to assume the role in
/// them.
#[must_use]
pub fn caller(role: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "AssayAccounts", "Effect": "Allow",
             "Action": crate::services::organizations::SERVICE.actions, "Resource": "*"},
            {"Sid": "AssayRole", "Effect": "Allow", "Action": "sts:AssumeRole",
             "Resource": format!("arn:*:iam::*:role/{role}")}
        ]
    })
}
