//! `GetAccountAuthorizationDetails`: users, groups, roles, instance profiles, managed policies.

use assay_collect_aws_base::{Cx, Draft, Facet, ListingGuard};
use assay_core::{Gap, GapState};
use aws_sdk_iam::Client;
use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page;
use aws_sdk_iam::types::{
    AttachedPolicy, GroupDetail, ManagedPolicyDetail, MfaDevice, PolicyDetail, RoleDetail, Tag,
    UserDetail,
};
use serde_json::{Value, json};

use super::documents::{attached, document, inline};
use super::providers::no_token;
use super::report::Report;
use super::{ACCESS_KEY, GROUP, INSTANCE_PROFILE, MANAGED_POLICY, ROLE, USER};
use crate::shape::time;

/// Users whose MFA devices are read at once.
const READS: usize = 8;

/// Reads all pages and writes their documents as they come.
pub(super) async fn read(cx: &Cx, iam: &Client, report: &Report, mut keys: ListingGuard) {
    match &report.rows {
        Err(gap) => keys.stop(gap.clone()),
        Ok(rows) if rows.broken > 0 => {
            keys.stop(Gap::new(GapState::Malformed, "a row of the credential report is broken"));
        }
        Ok(_) => {}
    }
    let mut listing = cx.listings(&[USER, GROUP, ROLE, MANAGED_POLICY, INSTANCE_PROFILE]);
    let mut marker = None;
    loop {
        let call = iam.get_account_authorization_details().max_items(1000).set_marker(marker);
        let called = cx.call("iam:GetAccountAuthorizationDetails", &[], call.send()).await;
        if let Err(e) = &called.result {
            keys.stopped(e);
        }
        let Some(page) = listing.page(called) else { return };
        write(cx, iam, report, &page.id, &page, &mut listing, &mut keys).await;
        if !page.is_truncated() {
            break;
        }
        marker = listing.more(page.marker());
        if marker.is_none() {
            listing.stop(no_token());
            keys.stop(no_token());
            break;
        }
    }
    if listing.is_stopped() {
        keys.stop(Gap::new(GapState::Failed, "not all users are known"));
    }
    listing.complete();
    keys.complete();
}

async fn write(
    cx: &Cx,
    iam: &Client,
    report: &Report,
    call: &str,
    page: &Page,
    listing: &mut ListingGuard,
    keys: &mut ListingGuard,
) {
    let nameless = || Gap::new(GapState::Malformed, "a resource has no ARN");
    let users: Vec<(&UserDetail, &str)> =
        page.user_detail_list().iter().filter_map(|u| Some((u, u.arn()?))).collect();
    if users.len() < page.user_detail_list().len() {
        listing.stop(nameless());
    }
    for (_, arn) in &users {
        match report.keys(arn) {
            Some(found) => write_keys(cx, report, arn, found).await,
            None if report.rows.is_ok() => {
                let detail = format!("the credential report has no usable row for {arn}");
                keys.stop(Gap::new(GapState::Malformed, detail));
            }
            None => {}
        }
    }
    let drafts =
        cx.bounded(users.iter().map(|(u, arn)| user(cx, iam, report, call, u, arn)), READS).await;
    for draft in drafts {
        cx.put(draft).await;
    }
    let named = |arn: Option<&str>, draft: &dyn Fn(&str) -> Draft| arn.map(draft);
    let mut drafts: Vec<Option<Draft>> = Vec::new();
    for g in page.group_detail_list() {
        drafts.push(named(g.arn(), &|arn| group(cx, call, g, arn)));
    }
    for p in page.policies() {
        drafts.push(named(p.arn(), &|arn| managed_policy(cx, call, p, arn)));
    }
    for r in page.role_detail_list() {
        drafts.push(named(r.arn(), &|arn| role(cx, call, r, arn)));
        drafts.extend(instance_profiles(cx, call, r).into_iter().map(Some));
    }
    for draft in drafts {
        match draft {
            Some(draft) => cx.put(draft).await,
            None => listing.stop(nameless()),
        }
    }
}

async fn write_keys(
    cx: &Cx,
    report: &Report,
    user: &str,
    found: Vec<(u8, serde_json::Map<String, Value>)>,
) {
    let Ok(rows) = &report.rows else { return };
    let name = user.rsplit('/').next().unwrap_or(user);
    for (n, facets) in found {
        let id = cx.arn("iam", &format!("access-key/{name}/{n}"));
        let mut doc = cx.resource(ACCESS_KEY, id, format!("{name}/{n}"));
        doc.set_all(facets, &rows.call);
        cx.put(doc).await;
    }
}

async fn user(
    cx: &Cx,
    iam: &Client,
    report: &Report,
    call: &str,
    u: &UserDetail,
    arn: &str,
) -> Draft {
    let name = u.user_name().unwrap_or_else(|| last(arn));
    let mut doc = cx.resource(USER, arn, name);
    doc.set("UserName", Facet::expected(u.user_name(), call))
        .set("UserId", Facet::expected(u.user_id(), call))
        .set("Path", Facet::expected(u.path(), call))
        .set("CreateDate", Facet::expected(u.create_date().and_then(time), call))
        .set("Groups", Facet::expected(u.group_list.as_ref().map(|g| json!(g)), call))
        .set("CredentialReport", report.user(arn));
    // IAM leaves the list out for a user without inline policies.
    policies(&mut doc, Some(u.user_policy_list()), call);
    managed(&mut doc, u.attached_managed_policies.as_deref(), call);
    boundary(&mut doc, u.permissions_boundary(), call);
    tags(&mut doc, u.tags.as_deref(), call);
    doc.set("MFADevices", devices(cx, iam, report, name, arn).await);
    doc
}

/// The report says who has MFA; only those are asked for their devices. Without a report all are.
async fn devices(cx: &Cx, iam: &Client, report: &Report, name: &str, arn: &str) -> Facet {
    if let Some((false, call)) = report.mfa(arn) {
        return Facet::known(json!([]), call);
    }
    let call = iam.list_mfa_devices().user_name(name);
    let called = cx.call("iam:ListMFADevices", &[("user", name)], call.send()).await;
    // A user has at most eight devices: they fit one page.
    called.facet(|a| (!a.is_truncated()).then(|| a.mfa_devices().iter().map(device).collect()))
}

fn device(d: &MfaDevice) -> Value {
    let serial = d.serial_number();
    let kind = match serial.split(':').nth(5).and_then(|r| r.split('/').next()) {
        Some("u2f") => "fido",
        Some(_) => "virtual",
        // A token's own serial number is no ARN.
        None => "hardware",
    };
    let mut out = json!({"SerialNumber": serial, "Kind": kind});
    if let (Some(enabled), Some(map)) = (time(d.enable_date()), out.as_object_mut()) {
        map.insert("EnableDate".to_owned(), json!(enabled));
    }
    out
}

fn group(cx: &Cx, call: &str, g: &GroupDetail, arn: &str) -> Draft {
    let mut doc = cx.resource(GROUP, arn, g.group_name().unwrap_or_else(|| last(arn)));
    doc.set("GroupName", Facet::expected(g.group_name(), call))
        .set("GroupId", Facet::expected(g.group_id(), call))
        .set("Path", Facet::expected(g.path(), call))
        .set("CreateDate", Facet::expected(g.create_date().and_then(time), call));
    policies(&mut doc, g.group_policy_list.as_deref(), call);
    managed(&mut doc, g.attached_managed_policies.as_deref(), call);
    doc
}

fn role(cx: &Cx, call: &str, r: &RoleDetail, arn: &str) -> Draft {
    let mut doc = cx.resource(ROLE, arn, r.role_name().unwrap_or_else(|| last(arn)));
    doc.set("RoleName", Facet::expected(r.role_name(), call))
        .set("RoleId", Facet::expected(r.role_id(), call))
        .set("Path", Facet::expected(r.path(), call))
        .set("CreateDate", Facet::expected(r.create_date().and_then(time), call));
    match document(r.assume_role_policy_document()) {
        Ok(v) => doc.set("AssumeRolePolicyDocument", Facet::known(v, call)),
        Err(gap) => doc.lose(&["AssumeRolePolicyDocument"], &at(gap, call)),
    };
    // An empty answer means that the role was not used in the tracked time.
    if let Some(used) = r.role_last_used() {
        let value = used.last_used_date().and_then(time).map(|t| match used.region() {
            Some(region) => json!({"LastUsedDate": t, "Region": region}),
            None => json!({"LastUsedDate": t}),
        });
        doc.set("RoleLastUsed", Facet::known(json!(value), call));
    }
    policies(&mut doc, r.role_policy_list.as_deref(), call);
    managed(&mut doc, r.attached_managed_policies.as_deref(), call);
    boundary(&mut doc, r.permissions_boundary(), call);
    tags(&mut doc, r.tags.as_deref(), call);
    doc
}

fn instance_profiles(cx: &Cx, call: &str, r: &RoleDetail) -> Vec<Draft> {
    r.instance_profile_list()
        .iter()
        .map(|p| {
            let mut doc = cx.resource(INSTANCE_PROFILE, p.arn(), p.instance_profile_name());
            doc.set("InstanceProfileName", Facet::known(p.instance_profile_name(), call))
                .set("Path", Facet::known(p.path(), call))
                .set("CreateDate", Facet::expected(time(p.create_date()), call))
                // A profile holds one role: the one under which it is listed.
                .set("Roles", Facet::expected(r.arn().map(|arn| json!([arn])), call));
            doc
        })
        .collect()
}

fn managed_policy(cx: &Cx, call: &str, p: &ManagedPolicyDetail, arn: &str) -> Draft {
    let name = p.policy_name().unwrap_or_else(|| last(arn));
    let mut doc = cx.resource(MANAGED_POLICY, arn, name);
    doc.set("ManagedPolicyName", Facet::known(name, call))
        .set("Path", Facet::expected(p.path(), call))
        .set("Scope", Facet::known(scope(arn), call))
        .set("CreateDate", Facet::expected(p.create_date().and_then(time), call))
        .set("UpdateDate", Facet::expected(p.update_date().and_then(time), call))
        .set("AttachmentCount", Facet::expected(p.attachment_count(), call))
        .set(
            "PermissionsBoundaryUsageCount",
            Facet::expected(p.permissions_boundary_usage_count(), call),
        )
        .set("DefaultVersionId", Facet::expected(p.default_version_id(), call));
    let default = p.policy_version_list().iter().find(|v| {
        v.is_default_version()
            || v.version_id().is_some_and(|id| Some(id) == p.default_version_id())
    });
    match document(default.and_then(|v| v.document())) {
        Ok(v) => doc.set("PolicyDocument", Facet::known(v, call)),
        Err(gap) => doc.lose(&["PolicyDocument"], &at(gap, call)),
    };
    doc
}

/// AWS's own policies have the account `aws`.
fn scope(arn: &str) -> &'static str {
    if arn.split(':').nth(4) == Some("aws") { "AWS" } else { "Local" }
}

fn policies(doc: &mut Draft, list: Option<&[PolicyDetail]>, call: &str) {
    let Some(list) = list else {
        doc.set("Policies", Facet::expected(None::<Value>, call));
        return;
    };
    let (value, gaps) = inline(list);
    doc.set("Policies", Facet::known(value, call));
    for (pointer, gap) in gaps {
        doc.gap(&pointer, at(gap, call));
    }
}

fn managed(doc: &mut Draft, list: Option<&[AttachedPolicy]>, call: &str) {
    doc.set("ManagedPolicyArns", Facet::expected(list.and_then(attached), call));
}

fn boundary(
    doc: &mut Draft,
    b: Option<&aws_sdk_iam::types::AttachedPermissionsBoundary>,
    call: &str,
) {
    let facet = match b {
        None => Facet::absent(call),
        Some(b) => Facet::expected(b.permissions_boundary_arn(), call),
    };
    doc.set("PermissionsBoundary", facet);
}

fn tags(doc: &mut Draft, list: Option<&[Tag]>, call: &str) {
    match list {
        Some(list) => {
            doc.tags(list.iter().map(|t| (Some(t.key()), Some(t.value()))), call);
        }
        None => {
            let gap = Gap::new(GapState::Malformed, "the answer lacks the tags");
            doc.lose_tags(at(gap, call));
        }
    }
}

fn at(mut gap: Gap, call: &str) -> Gap {
    gap.call = Some(call.to_owned());
    gap.operation = Some("iam:GetAccountAuthorizationDetails".to_owned());
    gap
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_types::DateTime;

    #[test]
    fn kinds_of_devices() {
        for (serial, kind) in [
            ("arn:aws:iam::123456789012:mfa/bob", "virtual"),
            ("arn:aws:iam::123456789012:u2f/user/bob/key-ABC", "fido"),
            ("arn:aws-us-gov:iam::123456789012:u2f/user/bob/key", "fido"),
            ("GAHT12345678", "hardware"),
        ] {
            let d = MfaDevice::builder()
                .user_name("bob")
                .serial_number(serial)
                .enable_date(DateTime::from_secs(1))
                .build()
                .unwrap();
            assert_eq!(device(&d)["Kind"], json!(kind), "{serial}");
        }
    }

    #[test]
    fn whose_policy() {
        assert_eq!(scope("arn:aws:iam::aws:policy/AdministratorAccess"), "AWS");
        assert_eq!(scope("arn:aws:iam::123456789012:policy/x"), "Local");
    }
}
