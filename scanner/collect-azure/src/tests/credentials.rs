//! The sources of credentials, in their order.

use std::ffi::OsStr;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{ExitStatus, Output};
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::http::HttpClient;
use azure_identity::Executor;

use super::support::*;
use crate::credential::choose;
use crate::fake::{Fake, SECRET};
use crate::{Access, AzurePlan, CollectError};

fn access(fake: &Arc<Fake>) -> Access {
    Access::to(Arc::clone(fake) as Arc<dyn HttpClient>)
}

fn chosen(plan: &AzurePlan, access: &Access) -> Result<&'static str, CollectError> {
    runtime().block_on(choose(plan, access)).map(|n| n.name)
}

/// An `az` that somebody has signed in with.
#[derive(Debug)]
struct SignedIn;

#[async_trait]
impl Executor for SignedIn {
    async fn run(&self, _: &OsStr, args: &[&OsStr]) -> std::io::Result<Output> {
        let asked =
            args.iter().any(|a| a.to_string_lossy().contains("az account get-access-token"));
        let stdout =
            br#"{"accessToken":"opaque-token","expires_on":4102444800,"tokenType":"Bearer"}"#;
        let status = ExitStatus::from_raw(if asked { 0 } else { 1 << 8 });
        Ok(Output { status, stdout: stdout.to_vec(), stderr: Vec::new() })
    }
}

#[test]
fn a_secret_of_the_environment_comes_first() {
    let fake = Fake::new(estate(0, 0)).shared();
    let with_cli = Access { executor: Some(Arc::new(SignedIn)), ..access(&fake) };
    assert_eq!(chosen(&plan(&fake), &with_cli).unwrap(), "client secret");
}

#[test]
fn without_anything_set_up_the_command_line_is_asked() {
    let fake = Fake::new(estate(0, 0)).shared();
    let with_cli = Access { executor: Some(Arc::new(SignedIn)), ..access(&fake) };
    assert_eq!(chosen(&AzurePlan::default(), &with_cli).unwrap(), "Azure CLI");
}

#[test]
fn when_all_fail_each_attempt_is_named_with_the_next_step() {
    let fake = Fake::new(estate(0, 0)).shared();
    let error = chosen(&AzurePlan::default(), &access(&fake)).unwrap_err().to_string();
    for part in [
        "client secret (AZURE_CLIENT_SECRET is not set)",
        "federated token (AZURE_FEDERATED_TOKEN is not set)",
        "workload identity (AZURE_FEDERATED_TOKEN_FILE is not set)",
        "Azure Pipelines (AZURESUBSCRIPTION_SERVICE_CONNECTION_ID is not set)",
        "managed identity (this machine has no metadata service of Azure)",
        "Azure Developer CLI (",
        "Azure CLI (\"/bin/sh\" wasn't found on PATH)",
        "run `az login`",
    ] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    let order: Vec<usize> =
        ["client secret (", "workload identity (", "managed identity (", "Azure CLI ("]
            .iter()
            .map(|p| error.find(p).unwrap())
            .collect();
    assert!(order.is_sorted(), "{error}");
}

#[test]
fn what_was_set_up_by_hand_and_is_wrong_ends_the_search() {
    let fake = Fake::new(estate(0, 0)).shared();
    let mut plan = plan(&fake);
    plan.environment.insert("AZURE_CLIENT_SECRET".into(), "another~secret".into());
    let with_cli = Access { executor: Some(Arc::new(SignedIn)), ..access(&fake) };
    let error = chosen(&plan, &with_cli).unwrap_err();
    assert!(matches!(error, CollectError::BadCredentials { .. }), "{error}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("AADSTS7000215"), "{text}");
    // The authority repeated the form with the secret in it.
    for secret in ["another~secret", "another%7Esecret", SECRET] {
        assert!(!text.contains(secret), "{text}");
    }
}

/// A network that is not there.
#[derive(Debug)]
struct Nowhere;

#[async_trait]
impl HttpClient for Nowhere {
    async fn execute_request(
        &self,
        _: &azure_core::http::Request,
    ) -> azure_core::Result<azure_core::http::AsyncRawResponse> {
        let why = std::io::Error::other("dns error: no such name");
        let kind = azure_core::error::ErrorKind::Connection;
        Err(azure_core::Error::with_error(kind, why, "no answer"))
    }
}

#[test]
fn without_a_network_nobody_blames_the_secret() {
    let fake = Fake::new(estate(0, 0)).shared();
    let error = chosen(&plan(&fake), &Access::to(Arc::new(Nowhere))).unwrap_err().to_string();
    assert!(error.contains("cannot be reached at login.microsoftonline.com"), "{error}");
    assert!(error.contains("dns error") && error.contains("HTTPS_PROXY"), "{error}");
}

#[test]
fn half_a_setup_says_what_is_missing() {
    let fake = Fake::new(estate(0, 0)).shared();
    let mut plan = plan(&fake);
    plan.environment.remove("AZURE_TENANT_ID");
    let error = chosen(&plan, &access(&fake)).unwrap_err().to_string();
    assert!(error.contains("client secret (AZURE_TENANT_ID is not set)"), "{error}");
}
