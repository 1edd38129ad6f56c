//! Words for the made-up estate.

use assay_core::Status;
use assay_core::assessment::*;
use assay_core::framework::Assessability;

type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

pub(crate) const RULES: &[Row] = &[
    (
        "AWS-IAM-001",
        "iam",
        "Assay::AWS::Account",
        "critical",
        "Root user has no MFA device",
        "identity.root_mfa",
        "RootMfa",
    ),
    (
        "AWS-IAM-010",
        "iam",
        "AWS::IAM::AccessKey",
        "medium",
        "Access key is older than 90 days",
        "identity.key_rotation",
        "CreateDate",
    ),
    (
        "AWS-IAM-013",
        "iam",
        "AWS::IAM::User",
        "high",
        "Console user has no MFA device",
        "identity.mfa",
        "MFADevices",
    ),
    (
        "AWS-IAM-020",
        "iam",
        "AWS::IAM::ManagedPolicy",
        "high",
        "Policy allows every action on every resource",
        "identity.least_privilege",
        "PolicyDocument",
    ),
    (
        "AWS-IAM-023",
        "iam",
        "AWS::IAM::Role",
        "critical",
        "Principal can make itself an administrator",
        "identity.least_privilege",
        "Escalation",
    ),
    (
        "AWS-S3-001",
        "s3",
        "AWS::S3::Bucket",
        "high",
        "Bucket has no default encryption with a managed key",
        "crypto.at_rest",
        "BucketEncryption",
    ),
    (
        "AWS-S3-002",
        "s3",
        "AWS::S3::Bucket",
        "critical",
        "Bucket is readable by anyone",
        "network.no_public_data",
        "BucketPolicy",
    ),
    (
        "AWS-S3-009",
        "s3",
        "AWS::S3::Bucket",
        "medium",
        "Bucket versioning is off",
        "resilience.backup",
        "VersioningConfiguration",
    ),
    (
        "AWS-S3-012",
        "s3",
        "AWS::S3::Bucket",
        "low",
        "Bucket access is not logged",
        "logging.access",
        "LoggingConfiguration",
    ),
    (
        "AWS-EC2-004",
        "ec2",
        "AWS::EC2::SecurityGroup",
        "critical",
        "Security group opens an administration port to the world",
        "network.exposure",
        "SecurityGroupIngress",
    ),
    (
        "AWS-EC2-011",
        "ec2",
        "AWS::EC2::Instance",
        "high",
        "Instance accepts version 1 of the metadata service",
        "hardening.compute",
        "MetadataOptions",
    ),
    (
        "AWS-EC2-016",
        "ec2",
        "AWS::EC2::Instance",
        "medium",
        "Instance has a public address and no need for one",
        "network.exposure",
        "PublicIp",
    ),
    (
        "AWS-VPC-003",
        "ec2",
        "AWS::EC2::VPC",
        "medium",
        "Traffic of the network is not recorded",
        "logging.network",
        "FlowLogs",
    ),
    (
        "AWS-EBS-002",
        "ec2",
        "AWS::EC2::Volume",
        "high",
        "Volume is not encrypted",
        "crypto.at_rest",
        "Encrypted",
    ),
    (
        "AWS-KMS-001",
        "kms",
        "AWS::KMS::Key",
        "medium",
        "Key material is never rotated",
        "crypto.key_management",
        "KeyRotation",
    ),
    (
        "AWS-RDS-001",
        "rds",
        "AWS::RDS::DBInstance",
        "critical",
        "Database is reachable from the internet",
        "network.exposure",
        "PubliclyAccessible",
    ),
    (
        "AWS-RDS-005",
        "rds",
        "AWS::RDS::DBInstance",
        "high",
        "Database keeps no automatic backup",
        "resilience.backup",
        "BackupRetentionPeriod",
    ),
    (
        "AWS-CT-001",
        "cloudtrail",
        "Assay::AWS::Account",
        "high",
        "No trail records every region",
        "logging.audit",
        "Trails",
    ),
    (
        "AWS-GD-001",
        "guardduty",
        "Assay::AWS::Region",
        "high",
        "Threat detection is off in the region",
        "detection.threats",
        "Detectors",
    ),
    (
        "AWS-CW-004",
        "cloudwatch",
        "AWS::Logs::LogGroup",
        "low",
        "Log group keeps its events for ever or too short",
        "logging.retention",
        "RetentionInDays",
    ),
];

pub(crate) const TEAMS: &[&str] = &["shop", "billing", "data", "platform", "search", "identity"];
pub(crate) const THINGS: &[&str] =
    &["logs", "web", "exports", "worker", "ingest", "cache", "backup"];

const TITLES: &[&str] = &[
    "Rules for information security",
    "Roles and duties",
    "Separation of duties",
    "What management must do",
    "Knowing the threats",
    "List of assets",
    "Handling of information",
    "Who may have access",
    "Managing identities",
    "Secrets used to sign in",
    "Granting and removing access",
    "Security in supplier contracts",
    "Use of cloud services",
    "Being ready for incidents",
    "Keeping evidence",
    "Protection of records",
    "Privacy and personal data",
    "Devices of users",
    "Rights beyond the normal",
    "Limits on access to information",
    "Access to source code",
    "Signing in safely",
    "Planning capacity",
    "Protection from malware",
    "Known weaknesses and their handling",
    "Management of configuration",
    "Deleting information",
    "Preventing leaks of data",
    "Backups",
    "Spare systems for availability",
    "Recording events",
    "Watching for the unusual",
    "Clocks that agree",
    "Security of networks",
    "Services on networks",
    "Separating networks",
    "Use of cryptography",
    "Secure development",
    "Managing changes",
    "Information in tests",
];

/// Three frameworks in which every control is there.
pub(crate) fn frameworks(rules: &[RuleResult]) -> Vec<FrameworkResult> {
    let iso: Vec<String> = (1..=30)
        .map(|i| format!("{}.{}", 4 + i / 5, 1 + i % 5))
        .chain((1..=93).map(|i| format!("A.{}.{}", 5 + i / 31, 1 + i % 31)))
        .collect();
    let soc: Vec<String> = (1..=61).map(|i| format!("CC{}.{}", 1 + i / 8, 1 + i % 8)).collect();
    let gdpr: Vec<String> = [
        "Art.5(1)(f)",
        "Art.25",
        "Art.30",
        "Art.32(1)(a)",
        "Art.32(1)(b)",
        "Art.32(1)(c)",
        "Art.32(1)(d)",
        "Art.33",
        "Art.34",
        "Art.44",
    ]
    .iter()
    .map(ToString::to_string)
    .collect();
    vec![
        framework(
            "iso27001_2022",
            "ISO/IEC 27001:2022",
            "30 clauses and the 93 controls of Annex A",
            &iso,
            rules,
            3,
        ),
        framework(
            "soc2_2017",
            "SOC 2 (2017 criteria, revised 2022)",
            "61 trust services criteria",
            &soc,
            rules,
            4,
        ),
        framework(
            "gdpr",
            "GDPR",
            "selected articles that configuration can touch",
            &gdpr,
            rules,
            2,
        ),
    ]
}

fn framework(
    id: &str,
    title: &str,
    coverage: &str,
    ids: &[String],
    rules: &[RuleResult],
    every: usize,
) -> FrameworkResult {
    let mut counts = Counts::default();
    let mut line = ControlLine { of: ids.len() as u64, ..ControlLine::default() };
    let controls = ids
        .iter()
        .enumerate()
        .map(|(i, control)| {
            let with_rules = i.is_multiple_of(every) && !rules.is_empty();
            let decisive: Vec<&RuleResult> = if with_rules { (0..1 + i % 3).map(|k| &rules[(i * 7 + k * 3) % rules.len()]).collect() } else { vec![] };
            let mut verdicts = Counts::default();
            for r in &decisive {
                for s in Status::ALL {
                    verdicts.add(s, r.verdicts.of(s));
                }
            }
            let technical = Status::worst(decisive.iter().map(|r| r.status));
            let assessability = if !with_rules { Assessability::Manual } else if i.is_multiple_of(2) { Assessability::Automated } else { Assessability::Partial };
            let status = match (technical, assessability) {
                (Some(t), Assessability::Automated) => t,
                (Some(t), _) => t.min(Status::Manual),
                (None, _) => Status::Manual,
            };
            let basis = if technical.is_some_and(|t| t != Status::NotAssessed) { Basis::Tested } else { Basis::Unseen };
            if basis == Basis::Tested { line.tested += 1 } else { line.unseen += 1 }
            counts.add(status, 1);
            ControlResult {
                id: control.clone(),
                title: TITLES[i % TITLES.len()].into(),
                assessability,
                why: "Configuration shows whether the technical part is in place; whether people follow it must be shown by records.".into(),
                status,
                reason: match status {
                    Status::Fail => format!("{} of {} decisive rules fail", decisive.iter().filter(|r| r.status == Status::Fail).count(), decisive.len()),
                    Status::NotAssessed => "a decisive rule could not be assessed".into(),
                    Status::Manual => "no statement of a person is on file".into(),
                    _ => "every decisive rule passes over its whole population".into(),
                },
                technical,
                human: (assessability != Assessability::Automated).then_some(Status::Manual),
                basis,
                decisive: decisive.iter().map(|r| r.meta.id.clone()).collect(),
                supporting: if with_rules { vec![rules[(i + 5) % rules.len()].meta.id.clone()] } else { vec![] },
                deviations: vec![],
                verdicts,
            }
        })
        .collect();
    FrameworkResult {
        id: id.into(),
        title: title.into(),
        coverage: coverage.into(),
        counts,
        line,
        controls,
    }
}
