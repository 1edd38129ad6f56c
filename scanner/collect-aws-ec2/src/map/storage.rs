//! Volumes and snapshots.

use aws_sdk_ec2::types::{Snapshot, Volume};
use serde_json::{Map, Value};

use super::{Facets, list, text, time};

pub(crate) fn volume(v: &Volume) -> Map<String, Value> {
    let not_empty = |t: &&str| !t.is_empty();
    Facets::default()
        .must("VolumeId", text(v.volume_id.as_ref()))
        .must("AvailabilityZone", text(v.availability_zone.as_ref()))
        .must("CreateTime", time(v.create_time.as_ref()))
        .must("Size", v.size)
        .must("VolumeType", v.volume_type.as_ref().map(|t| t.as_str()))
        .must("State", v.state.as_ref().map(|s| s.as_str()))
        .must("Encrypted", v.encrypted)
        .may("KmsKeyId", text(v.kms_key_id.as_ref()))
        .may("SnapshotId", text(v.snapshot_id.as_ref()).filter(not_empty))
        .may("MultiAttachEnabled", v.multi_attach_enabled)
        .must(
            "Attachments",
            list(v.attachments.as_ref(), |a| {
                Some(
                    Facets::default()
                        .must("InstanceId", text(a.instance_id.as_ref()))
                        .must("Device", text(a.device.as_ref()))
                        .must("State", a.state.as_ref().map(|s| s.as_str()))
                        .must("DeleteOnTermination", a.delete_on_termination)
                        .value(),
                )
            }),
        )
        .done()
}

pub(crate) fn snapshot(s: &Snapshot) -> Map<String, Value> {
    Facets::default()
        .must("SnapshotId", text(s.snapshot_id.as_ref()))
        .must("OwnerId", text(s.owner_id.as_ref()))
        .may("VolumeId", text(s.volume_id.as_ref()))
        .must("VolumeSize", s.volume_size)
        .may("Description", text(s.description.as_ref()))
        .must("StartTime", time(s.start_time.as_ref()))
        .must("State", s.state.as_ref().map(|s| s.as_str()))
        .may("StorageTier", s.storage_tier.as_ref().map(|t| t.as_str()))
        .must("Encrypted", s.encrypted)
        .may("KmsKeyId", text(s.kms_key_id.as_ref()))
        .done()
}
