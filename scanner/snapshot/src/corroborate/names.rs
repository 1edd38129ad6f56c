//! How the provider's log names what the snapshot calls `service:Operation`.
//!
//! CloudTrail's `eventSource` is mostly the service's short name with `.amazonaws.com`; the user guide
//! names `monitoring` for CloudWatch as an exception.

use super::event::{Event, Log};

/// Services of which the log has another name.
const SOURCES: [(&str, &str); 4] = [
    ("cloudwatch", "monitoring"),
    ("s3control", "s3"),
    ("elbv2", "elasticloadbalancing"),
    ("elb", "elasticloadbalancing"),
];

/// Global services: their events lie in one region, whatever the endpoint.
const GLOBAL: [&str; 6] = ["iam", "sts", "organizations", "cloudfront", "route53", "account"];

/// Operations on the data inside resources, which no trail logs unless it was told to.
const DATA: [&str; 12] = [
    "s3:GetObject",
    "s3:HeadObject",
    "s3:ListObjects",
    "s3:ListObjectsV2",
    "s3:ListObjectVersions",
    "s3:GetObjectAcl",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "lambda:Invoke",
    "sqs:ReceiveMessage",
    "cloudwatch:GetMetricData",
];

/// The service of an operation.
pub(super) fn service(operation: &str) -> &str {
    operation.split(':').next().unwrap_or_default()
}

/// The log's name of a service.
pub(super) fn source(operation: &str) -> String {
    let own = service(operation);
    let name = SOURCES.iter().find(|(s, _)| *s == own).map_or(own, |(_, n)| n);
    format!("{name}.amazonaws.com")
}

/// Whether no trail logs an operation unless it was told to.
pub(super) fn is_data(operation: &str) -> bool {
    DATA.contains(&operation)
}

/// Whether the log may name another region than the one that was asked.
pub(super) fn is_global(operation: &str) -> bool {
    GLOBAL.contains(&service(operation))
}

/// Whether an event is one of an operation.
pub(super) fn same(operation: &str, event: &Event) -> bool {
    let (service, name) = operation.split_once(':').unwrap_or((operation, ""));
    match event.log {
        Log::CloudTrail => source(operation) == event.source && alike(service, name, &event.name),
        Log::Activity => {
            let name = format!("{service}/{name}");
            name.eq_ignore_ascii_case(&event.name)
        }
    }
}

fn alike(service: &str, ours: &str, theirs: &str) -> bool {
    if ours == theirs {
        return true;
    }
    match service {
        // `GetBucketLifecycleConfiguration` is logged as `GetBucketLifecycle`,
        // `GetPublicAccessBlock` of an account as `GetAccountPublicAccessBlock`.
        "s3" | "s3control" => bare(ours) == bare(theirs),
        // `ListFunctions20150331`, `GetFunction20150331v2`, `GetDistribution2020_05_31`.
        "lambda" | "cloudfront" => {
            let rest = theirs.strip_prefix(ours);
            rest.is_some_and(|r| {
                r.starts_with("20") && r.bytes().all(|b| b"0123456789v_".contains(&b))
            })
        }
        _ => false,
    }
}

/// A name of S3 without the words that one side leaves out.
fn bare(name: &str) -> String {
    ["Configuration", "Bucket", "Account"].iter().fold(name.to_owned(), |n, w| n.replace(w, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_log_are_those_of_the_calls() {
        for (service, ours, theirs) in [
            ("s3", "GetBucketLifecycleConfiguration", "GetBucketLifecycle"),
            ("s3control", "GetPublicAccessBlock", "GetAccountPublicAccessBlock"),
            ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
            ("lambda", "GetFunction", "GetFunction20150331v2"),
            ("kms", "ListKeys", "ListKeys"),
        ] {
            assert!(alike(service, ours, theirs), "{ours} {theirs}");
        }
        for (service, ours, theirs) in [
            ("s3", "GetBucketAcl", "GetBucketPolicy"),
            ("lambda", "GetFunction", "GetFunctionConfiguration20150331"),
            ("kms", "ListKeys", "ListKeyPolicies"),
        ] {
            assert!(!alike(service, ours, theirs), "{ours} {theirs}");
        }
        assert_eq!(source("cloudwatch:DescribeAlarms"), "monitoring.amazonaws.com");
        assert_eq!(source("s3control:ListAccessPoints"), "s3.amazonaws.com");
    }
}
