//! `in_use` of a region: whether something of EC2 lives there.

use assay_core::rule::RelatedScope;
use assay_core::{Gap, Resource};
use serde_json::{Value, json};

use super::object;
use crate::{Deriver, Need, World};

const fn look(kind: &'static str) -> Need {
    Need { kind, scope: RelatedScope::Region, facets: &[] }
}

/// What proves use. A region has a default VPC with subnets, groups and an internet gateway before
/// anybody uses it: those prove nothing.
const LOOKS: &[Need] = &[
    look("AWS::EC2::Instance"),
    look("AWS::EC2::Volume"),
    look("AWS::EC2::NetworkInterface"),
    look("AWS::EC2::Snapshot"),
    look("AWS::EC2::Image"),
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
}
