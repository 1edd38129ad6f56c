//! IAM: everyone and every policy in few calls.
//!
//! `GetAccountAuthorizationDetails` gives users, groups, roles, instance profiles and managed
//! policies with their documents, paged, whatever their number. The credential report gives the age
//! and the use of passwords and keys; making it is the one operation of all collectors that writes,
//! and it can be turned off. A call for each user is made only where MFA is on: for the kinds of
//! devices.

mod account;
mod authorization;
mod documents;
mod providers;
mod report;

use assay_collect_aws_base::{Cx, Scope, Service, client};

pub(crate) const ACCOUNT: &str = "Assay::AWS::Account";
pub(crate) const USER: &str = "AWS::IAM::User";
pub(crate) const GROUP: &str = "AWS::IAM::Group";
pub(crate) const ROLE: &str = "AWS::IAM::Role";
pub(crate) const MANAGED_POLICY: &str = "AWS::IAM::ManagedPolicy";
pub(crate) const INSTANCE_PROFILE: &str = "AWS::IAM::InstanceProfile";
pub(crate) const ACCESS_KEY: &str = "AWS::IAM::AccessKey";
pub(crate) const SERVER_CERTIFICATE: &str = "AWS::IAM::ServerCertificate";
pub(crate) const SAML_PROVIDER: &str = "AWS::IAM::SAMLProvider";
pub(crate) const OIDC_PROVIDER: &str = "AWS::IAM::OIDCProvider";

/// Users, groups, roles, policies, credentials, identity providers; facets of the account.
pub static SERVICE: Service = Service {
    name: "iam",
    scope: Scope::Global,
    operations: &[
        "iam:GenerateCredentialReport",
        "iam:GetAccountAuthorizationDetails",
        "iam:GetAccountPasswordPolicy",
        "iam:GetAccountSummary",
        "iam:GetCredentialReport",
        "iam:GetOpenIDConnectProvider",
        "iam:ListMFADevices",
        "iam:ListOpenIDConnectProviders",
        "iam:ListOrganizationsFeatures",
        "iam:ListSAMLProviders",
        "iam:ListServerCertificates",
        "iam:ListVirtualMFADevices",
    ],
    actions: &[
        "iam:GenerateCredentialReport",
        "iam:GetAccountAuthorizationDetails",
        "iam:GetAccountPasswordPolicy",
        "iam:GetAccountSummary",
        "iam:GetCredentialReport",
        "iam:GetOpenIDConnectProvider",
        "iam:ListMFADevices",
        "iam:ListOpenIDConnectProviders",
        "iam:ListOrganizationsFeatures",
        "iam:ListSAMLProviders",
        "iam:ListServerCertificates",
        "iam:ListVirtualMFADevices",
    ],
    types: &[
        ACCOUNT,
        USER,
        GROUP,
        ROLE,
        MANAGED_POLICY,
        INSTANCE_PROFILE,
        ACCESS_KEY,
        SERVER_CERTIFICATE,
        SAML_PROVIDER,
        OIDC_PROVIDER,
    ],
    collect: |cx| Box::pin(collect(cx)),
};

async fn collect(cx: Cx) {
    let iam = client!(cx, aws_sdk_iam);
    // The report takes IAM a few seconds: the rest is read meanwhile.
    let (report, ..) = tokio::join!(
        report::read(&cx, &iam),
        providers::certificates(&cx, &iam),
        providers::saml(&cx, &iam),
        providers::oidc(&cx, &iam),
    );
    let keys = cx.listing(ACCESS_KEY);
    tokio::join!(account::read(&cx, &iam, &report), authorization::read(&cx, &iam, &report, keys),);
}
