//! The one list of derivers.

use crate::deriver::Deriver;

/// Every deriver. To add one: its file beside this one, and one line here.
#[must_use]
pub fn all() -> &'static [&'static dyn Deriver] {
    static ALL: std::sync::LazyLock<Vec<&'static dyn Deriver>> = std::sync::LazyLock::new(|| {
        let mut all: Vec<&'static dyn Deriver> =
            crate::policy::facet::STATEMENTS.iter().map(|s| s as &'static dyn Deriver).collect();
        all.extend(crate::alerts::ALERTS.iter().map(|a| a as &'static dyn Deriver));
        all.extend([&crate::alerts::Notification as &dyn Deriver, &crate::cloudtrail::Recorded]);
        all.extend([
            &crate::rds_exposure::Exposure as &dyn Deriver,
            &crate::trail_bucket::LogBucket,
        ]);
        all.extend([
            &crate::kms_access::ExternalAccess as &dyn Deriver,
            &crate::kms_access::PublicStatements,
            &crate::kms_references::References,
            &crate::s3_external_access::ExternalAccess,
            &crate::s3_public_access::PublicAccess::Read,
            &crate::s3_public_access::PublicAccess::Write,
            &crate::s3_replication_targets::ReplicationTargets,
            &crate::s3_tls::Tls,
        ]);
        all.extend(crate::azure::ALL);
        all.extend(crate::net::ALL);
        all.extend(crate::iam::ALL);
        all
    });
    &ALL
}

/// The deriver of a facet of a type, if one exists.
#[must_use]
pub fn of(kind: &str, name: &str) -> Option<&'static dyn Deriver> {
    all().iter().copied().find(|d| d.name() == name && d.types().contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_facet_of_a_type_has_one_deriver() {
        let mut seen = BTreeSet::new();
        for d in all() {
            assert!(!d.types().is_empty(), "{} is on no type", d.name());
            for kind in d.types() {
                assert!(seen.insert((d.name(), *kind)), "{} of {kind} twice", d.name());
            }
        }
    }
}
