//! From the SDK's answers to facets.

use aws_sdk_rds::types::{DbCluster, DbClusterSnapshot, DbInstance, DbSnapshot, DbSubnetGroup};
use serde_json::{Map, Value, json};

use crate::shape::{shape, time};

/// Whether the engine is Amazon DocumentDB or Neptune: their own types, listed by the same API.
pub(super) fn elsewhere(engine: Option<&str>) -> bool {
    matches!(engine, Some("docdb" | "neptune"))
}

/// Facets of an instance. The service omits empty lists.
pub(super) fn instance(i: &DbInstance) -> Map<String, Value> {
    let groups: Vec<Value> = i
        .db_parameter_groups()
        .iter()
        .map(|g| {
            shape()
                .with("DBParameterGroupName", g.db_parameter_group_name())
                .with("ParameterApplyStatus", g.parameter_apply_status())
                .value()
        })
        .collect();
    let security: Vec<&str> =
        i.vpc_security_groups().iter().filter_map(|g| g.vpc_security_group_id()).collect();
    let endpoint =
        i.endpoint().map(|e| shape().with("Address", e.address()).with("Port", e.port()).value());
    let certificate = i.certificate_details().map(|c| {
        shape()
            .with("CAIdentifier", c.ca_identifier())
            .with("ValidTill", c.valid_till().and_then(time))
            .value()
    });
    shape()
        .with("DBInstanceIdentifier", i.db_instance_identifier())
        .with("DBInstanceStatus", i.db_instance_status())
        .with("DBInstanceClass", i.db_instance_class())
        .with("Engine", i.engine())
        .with("EngineVersion", i.engine_version())
        .or_null("EngineLifecycleSupport", i.engine_lifecycle_support())
        .or_null("DBClusterIdentifier", i.db_cluster_identifier())
        .or_null(
            "ReadReplicaSourceDBInstanceIdentifier",
            i.read_replica_source_db_instance_identifier(),
        )
        .or_null(
            "ReadReplicaSourceDBClusterIdentifier",
            i.read_replica_source_db_cluster_identifier(),
        )
        .with("PubliclyAccessible", i.publicly_accessible())
        .or_null("Endpoint", endpoint)
        .with("VPCSecurityGroups", Some(security))
        .or_null("DBSubnetGroup", i.db_subnet_group().map(subnets))
        .with("StorageEncrypted", i.storage_encrypted())
        .or_null("KmsKeyId", i.kms_key_id())
        .with("BackupRetentionPeriod", i.backup_retention_period())
        .with("MultiAZ", i.multi_az())
        .with("DeletionProtection", i.deletion_protection())
        .with("AutoMinorVersionUpgrade", i.auto_minor_version_upgrade())
        .with("EnableIAMDatabaseAuthentication", i.iam_database_authentication_enabled())
        .with("EnableCloudwatchLogsExports", Some(i.enabled_cloudwatch_logs_exports()))
        .with("DBParameterGroups", Some(groups))
        .or_null("CertificateDetails", certificate)
        .members()
}

fn subnets(g: &DbSubnetGroup) -> Value {
    let ids: Vec<&str> = g.subnets().iter().filter_map(|s| s.subnet_identifier()).collect();
    shape()
        .with("DBSubnetGroupName", g.db_subnet_group_name())
        .with("VpcId", g.vpc_id())
        .with("SubnetIds", Some(ids))
        .value()
}

/// Facets of a cluster.
pub(super) fn cluster(c: &DbCluster) -> Map<String, Value> {
    let members: Vec<Value> = c
        .db_cluster_members()
        .iter()
        .map(|m| {
            shape()
                .with("DBInstanceIdentifier", m.db_instance_identifier())
                .with("IsClusterWriter", m.is_cluster_writer())
                .value()
        })
        .collect();
    let security: Vec<&str> =
        c.vpc_security_groups().iter().filter_map(|g| g.vpc_security_group_id()).collect();
    shape()
        .with("DBClusterIdentifier", c.db_cluster_identifier())
        .with("Status", c.status())
        .with("Engine", c.engine())
        .or_null("EngineMode", c.engine_mode())
        .with("EngineVersion", c.engine_version())
        .or_null("EngineLifecycleSupport", c.engine_lifecycle_support())
        .with("StorageEncrypted", c.storage_encrypted())
        .or_null("KmsKeyId", c.kms_key_id())
        .with("BackupRetentionPeriod", c.backup_retention_period())
        .with("MultiAZ", c.multi_az())
        .with("DeletionProtection", c.deletion_protection())
        .or_null("AutoMinorVersionUpgrade", c.auto_minor_version_upgrade())
        .or_null("PubliclyAccessible", c.publicly_accessible())
        .with("EnableIAMDatabaseAuthentication", c.iam_database_authentication_enabled())
        .with("EnableCloudwatchLogsExports", Some(c.enabled_cloudwatch_logs_exports()))
        .with("DBClusterParameterGroupName", c.db_cluster_parameter_group())
        .with("DBClusterMembers", Some(members))
        .with("VpcSecurityGroupIds", Some(security))
        .or_null("ReplicationSourceIdentifier", c.replication_source_identifier())
        .or_null("GlobalClusterIdentifier", c.global_cluster_identifier())
        .members()
}

/// Facets of a snapshot of an instance.
pub(super) fn snapshot(s: &DbSnapshot) -> Map<String, Value> {
    shape()
        .with("DBSnapshotIdentifier", s.db_snapshot_identifier())
        .with("DBInstanceIdentifier", s.db_instance_identifier())
        .with("SnapshotType", s.snapshot_type())
        .with("Status", s.status())
        .with("Engine", s.engine())
        .with("EngineVersion", s.engine_version())
        .with("Encrypted", s.encrypted())
        .or_null("KmsKeyId", s.kms_key_id())
        .or_null("SnapshotCreateTime", s.snapshot_create_time().and_then(time))
        .members()
}

/// Facets of a snapshot of a cluster.
pub(super) fn cluster_snapshot(s: &DbClusterSnapshot) -> Map<String, Value> {
    shape()
        .with("DBClusterSnapshotIdentifier", s.db_cluster_snapshot_identifier())
        .with("DBClusterIdentifier", s.db_cluster_identifier())
        .with("SnapshotType", s.snapshot_type())
        .with("Status", s.status())
        .with("Engine", s.engine())
        .with("EngineVersion", s.engine_version())
        .with("StorageEncrypted", s.storage_encrypted())
        .or_null("KmsKeyId", s.kms_key_id())
        .or_null("SnapshotCreateTime", s.snapshot_create_time().and_then(time))
        .members()
}

/// One attribute of a snapshot.
pub(super) fn attribute(name: Option<&str>, values: &[String]) -> Option<Value> {
    Some(json!({"AttributeName": name?, "AttributeValues": values}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_the_answer_lacks_stay_unknown() {
        let d = instance(&DbInstance::builder().engine("mysql").storage_encrypted(true).build());
        assert_eq!(d["StorageEncrypted"], true);
        assert_eq!(d.get("PubliclyAccessible"), None);
        assert_eq!(d["DBClusterIdentifier"], Value::Null);
        assert_eq!(d["EnableCloudwatchLogsExports"], json!([]));
    }

    #[test]
    fn other_databases_are_other_types() {
        assert!(elsewhere(Some("docdb")));
        assert!(!elsewhere(Some("aurora-mysql")));
        assert!(!elsewhere(None));
    }

    #[test]
    fn an_attribute_without_a_name_is_malformed() {
        assert_eq!(attribute(None, &[]), None);
        assert_eq!(
            attribute(Some("restore"), &["all".to_owned()]),
            Some(json!({"AttributeName": "restore", "AttributeValues": ["all"]}))
        );
    }
}
