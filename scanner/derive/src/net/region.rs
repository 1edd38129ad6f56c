//! `in_use` of a region: whether something lives there that somebody made.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, GapState, Resource};
use serde_json::{Value, json};

use super::object;
use crate::{Deriver, Need, World};

const fn look(kind: &'static str) -> Need {
    Need { kind, scope: RelatedScope::Region, facets: &[] }
}

const BUCKET: &str = "AWS::S3::Bucket";

/// What proves use. A region has a default VPC with subnets, groups and an internet gateway before
/// anybody uses it: those prove nothing. Keys, those of AWS too, appear with the first use.
const LOOKS: &[Need] = &[
    look("AWS::EC2::Instance"),
    look("AWS::EC2::Volume"),
    look("AWS::EC2::NetworkInterface"),
    look("AWS::EC2::Snapshot"),
    look("AWS::EC2::Image"),
    look("AWS::RDS::DBInstance"),
    look("AWS::RDS::DBCluster"),
    look("AWS::RDS::DBSnapshot"),
    look("AWS::RDS::DBClusterSnapshot"),
    look("AWS::KMS::Key"),
    look("AWS::Logs::LogGroup"),
    look("AWS::SNS::Topic"),
    look(BUCKET),
];

/// `in_use` of a region: one document proves it, and only complete listings prove the contrary.
#[derive(Debug, Clone, Copy)]
pub struct InUse;

impl Deriver for InUse {
    fn name(&self) -> &'static str {
        "in_use"
    }

    fn types(&self) -> &'static [&'static str] {
        &["Assay::AWS::Region"]
    }

    fn reads(&self) -> &'static [&'static str] {
        &[]
    }

    fn needs(&self) -> &'static [Need] {
        &[]
    }

    fn looks(&self) -> &'static [Need] {
        LOOKS
    }

    fn derive(&self, _: &Resource, world: &dyn World) -> Result<Value, Gap> {
        for look in LOOKS {
            if let Some(first) = world.related(look.kind, look.scope).first() {
                return Ok(object([("used", json!(true)), ("example", json!(first.id))]));
            }
        }
        for look in LOOKS {
            if let Some(unknown) = world.lacking(look.kind, look.scope, &[]) {
                return Err(unknown.gap);
            }
        }
        let buckets = world.related(BUCKET, RelatedScope::Account);
        if let Some(hidden) = buckets.iter().find(|b| b.region == "global") {
            let detail = format!("the region of {} is not known; it may be this one", hidden.id);
            return Err(Gap::new(GapState::Unsupported, detail));
        }
        Ok(object([("used", json!(false))]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fixed;

    #[test]
    fn one_document_proves_use_and_only_complete_listings_disprove_it() {
        let region = Resource::new("Assay::AWS::Region", "arn:r", "aws", "1", "eu-west-1", "r");
        let volume = Resource::new("AWS::EC2::Volume", "arn:v", "aws", "1", "eu-west-1", "v");
        let ask = |w: &Fixed| InUse.derive(&region, w);
        let empty = Fixed::around(&region, []);
        assert_eq!(ask(&empty).unwrap()["used"], json!(false));
        assert!(ask(&empty.without("AWS::EC2::Instance")).is_err());
        let used = Fixed::around(&region, [volume]).without("AWS::EC2::Instance");
        assert_eq!(ask(&used).unwrap()["used"], json!(true));
    }

    #[test]
    fn data_without_instances_is_use() {
        let region = Resource::new("Assay::AWS::Region", "arn:r", "aws", "1", "eu-west-1", "r");
        let ask = |kind: &str, place: &str| {
            let other = Resource::new(kind, "arn:x", "aws", "1", place, "x");
            InUse.derive(&region, &Fixed::around(&region, [other]))
        };
        for kind in ["AWS::RDS::DBSnapshot", "AWS::Logs::LogGroup", BUCKET] {
            assert_eq!(ask(kind, "eu-west-1").unwrap()["used"], json!(true), "{kind}");
            assert_eq!(ask(kind, "us-east-1").unwrap()["used"], json!(false), "{kind}");
        }
        assert!(ask(BUCKET, "global").is_err(), "it may lie here");
    }
}
