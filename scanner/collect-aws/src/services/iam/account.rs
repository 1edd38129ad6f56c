//! Facets of the account itself: summary, password policy, root user.

use assay_collect_aws_base::{Cx, Facet};
use assay_core::{Gap, GapState};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AssignmentStatusType, PasswordPolicy, VirtualMfaDevice};
use serde_json::{Map, Value, json};

use super::ACCOUNT;
use super::report::Report;

/// Reads and writes the account's document. Its listing is the answer to who the caller is.
pub(super) async fn read(cx: &Cx, iam: &Client, report: &Report) {
    let (summary, password, virtual_mfa, features) = tokio::join!(
        summary(cx, iam),
        password_policy(cx, iam),
        root_virtual_mfa(cx, iam),
        organizations_features(cx, iam),
    );
    let id = format!("arn:{}:iam::{}:root", cx.partition(), cx.account());
    let mut account = cx.resource(ACCOUNT, id, cx.account());
    account
        .set("AccountSummary", summary)
        .set("PasswordPolicy", password)
        .set("RootVirtualMFADevices", virtual_mfa)
        .set("OrganizationsFeatures", features)
        .set("RootCredentialReport", report.root());
    cx.put(account).await;
}

async fn summary(cx: &Cx, iam: &Client) -> Facet {
    let called = cx.call("iam:GetAccountSummary", &[], iam.get_account_summary().send()).await;
    called.facet(|a| {
        let map = a.summary_map()?;
        let out: Map<String, Value> =
            map.iter().map(|(k, v)| (k.as_str().to_owned(), json!(v))).collect();
        Some(Value::Object(out))
    })
}

async fn password_policy(cx: &Cx, iam: &Client) -> Facet {
    let called = cx
        .call("iam:GetAccountPasswordPolicy", &[], iam.get_account_password_policy().send())
        .await;
    called.absent_on(&["NoSuchEntity", "NoSuchEntityException"], |a| {
        a.password_policy().map(map_password_policy)
    })
}

/// IAM answers every boolean; the numbers are there where they are set.
fn map_password_policy(p: &PasswordPolicy) -> Value {
    let mut m = Map::new();
    let mut put = |k: &str, v: Option<Value>| {
        if let Some(v) = v {
            m.insert(k.to_owned(), v);
        }
    };
    put("MinimumPasswordLength", p.minimum_password_length().map(Value::from));
    put("RequireSymbols", Some(json!(p.require_symbols())));
    put("RequireNumbers", Some(json!(p.require_numbers())));
    put("RequireUppercaseCharacters", Some(json!(p.require_uppercase_characters())));
    put("RequireLowercaseCharacters", Some(json!(p.require_lowercase_characters())));
    put("AllowUsersToChangePassword", Some(json!(p.allow_users_to_change_password())));
    put("ExpirePasswords", Some(json!(p.expire_passwords())));
    put("MaxPasswordAge", p.max_password_age().map(Value::from));
    put("PasswordReusePrevention", p.password_reuse_prevention().map(Value::from));
    put("HardExpiry", p.hard_expiry().map(Value::from));
    Value::Object(m)
}

/// The virtual devices that are assigned to the root user.
async fn root_virtual_mfa(cx: &Cx, iam: &Client) -> Facet {
    let mut found: Vec<String> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let call = iam
            .list_virtual_mfa_devices()
            .assignment_status(AssignmentStatusType::Assigned)
            .set_marker(marker.clone());
        let called = cx.call("iam:ListVirtualMFADevices", &[], call.send()).await;
        let id = called.id.clone();
        let page = match called.result {
            Ok(page) => page,
            Err(e) => return e.facet(),
        };
        found.extend(
            page.virtual_mfa_devices()
                .iter()
                .filter(|d| of_root(d))
                .map(|d| d.serial_number().to_owned()),
        );
        if !page.is_truncated() {
            found.sort();
            return Facet::known(json!(found), &id);
        }
        marker =
            page.marker().map(ToOwned::to_owned).filter(|m| !m.is_empty() && !seen.contains(m));
        match &marker {
            Some(m) => seen.push(m.clone()),
            None => {
                let mut gap = Gap::new(GapState::Malformed, "the list has no new page token");
                gap.call = Some(id);
                return Facet::Unknown(gap);
            }
        }
    }
}

fn of_root(d: &VirtualMfaDevice) -> bool {
    d.user().is_some_and(|u| u.arn().ends_with(":root"))
        || d.serial_number().ends_with(":mfa/root-account-mfa-device")
}

/// Central root management. Other accounts than the management account and a delegated
/// administrator cannot read it: for them it stays unknown.
async fn organizations_features(cx: &Cx, iam: &Client) -> Facet {
    let called = cx
        .call("iam:ListOrganizationsFeatures", &[], iam.list_organizations_features().send())
        .await;
    let off = match &called.result {
        Err(e) if e.code.starts_with("ServiceAccessNotEnabled") => true,
        Err(e) if e.code.starts_with("AccountNotManagementOrDelegatedAdministrator") => {
            let mut gap = e.gap();
            gap.state = GapState::Unsupported;
            return Facet::Unknown(gap);
        }
        _ => false,
    };
    if off {
        // IAM may not act in the organisation, so no feature is on.
        let id = called.id.clone();
        drop(called.or_absent(&["ServiceAccessNotEnabled", "ServiceAccessNotEnabledException"]));
        return Facet::known(json!({"EnabledFeatures": []}), &id);
    }
    called.absent_on(
        &[
            "OrganizationNotFound",
            "OrganizationNotFoundException",
            "OrganizationNotInAllFeaturesMode",
            "OrganizationNotInAllFeaturesModeException",
        ],
        |a| {
            let list: Vec<&str> = a.enabled_features().iter().map(|f| f.as_str()).collect();
            Some(json!({ "EnabledFeatures": list }))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_iam::types::User;

    #[test]
    fn numbers_that_are_not_set_are_left_out() {
        let p = PasswordPolicy::builder().minimum_password_length(8).require_symbols(true).build();
        let v = map_password_policy(&p);
        assert_eq!(v["MinimumPasswordLength"], json!(8));
        assert_eq!(v["RequireSymbols"], json!(true));
        assert!(v.get("PasswordReusePrevention").is_none());
    }

    #[test]
    fn devices_of_root() {
        let device = |serial: &str, arn: Option<&str>| {
            let user = arn.map(|arn| {
                User::builder()
                    .path("/")
                    .user_name("x")
                    .user_id("x")
                    .arn(arn)
                    .create_date(aws_smithy_types::DateTime::from_secs(1))
                    .build()
                    .unwrap()
            });
            VirtualMfaDevice::builder().serial_number(serial).set_user(user).build().unwrap()
        };
        assert!(of_root(&device("arn:aws:iam::1:mfa/x", Some("arn:aws:iam::1:root"))));
        assert!(of_root(&device("arn:aws:iam::1:mfa/root-account-mfa-device", None)));
        assert!(!of_root(&device("arn:aws:iam::1:mfa/bob", Some("arn:aws:iam::1:user/bob"))));
    }
}
