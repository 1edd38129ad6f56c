//! The sources, one by one.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use azure_core::credentials::{Secret, TokenCredential};
use azure_core::http::{
    ClientMethodOptions, ClientOptions, ExponentialRetryOptions, HttpClient, RetryOptions,
    Transport,
};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, AzurePipelinesCredential, AzurePipelinesCredentialOptions,
    ClientAssertion, ClientAssertionCredential, ClientAssertionCredentialOptions,
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use futures_util::future::BoxFuture;

use super::{Access, probe};
use crate::AzurePlan;

/// A credential, or why the source is not set up.
type Made = Result<Arc<dyn TokenCredential>, String>;

/// One source of credentials.
pub(super) struct Source {
    /// Its name in the output and in the manifest.
    pub(super) name: &'static str,
    /// The variables by which somebody sets it up; `None` where it is simply there or not.
    pub(super) by_hand: Option<&'static str>,
    /// Makes the credential.
    pub(super) make: for<'a> fn(&'a AzurePlan, &'a Access) -> BoxFuture<'a, Made>,
}

/// In the order in which they are tried.
pub(super) static SOURCES: &[Source] = &[
    Source {
        name: "client secret",
        by_hand: Some("AZURE_CLIENT_SECRET"),
        make: |plan, access| Box::pin(async { secret(plan, access) }),
    },
    Source {
        name: "federated token",
        by_hand: Some("AZURE_FEDERATED_TOKEN"),
        make: |plan, access| Box::pin(async { assertion(plan, access) }),
    },
    Source {
        name: "workload identity",
        by_hand: Some("AZURE_FEDERATED_TOKEN_FILE"),
        make: |plan, access| Box::pin(async { workload(plan, access) }),
    },
    Source {
        name: "Azure Pipelines",
        by_hand: Some("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"),
        make: |plan, access| Box::pin(async { pipelines(plan, access) }),
    },
    Source {
        name: "managed identity",
        by_hand: None,
        make: |plan, access| Box::pin(managed(plan, access)),
    },
    Source {
        name: "Azure CLI",
        by_hand: None,
        make: |plan, access| Box::pin(async { cli(plan, access) }),
    },
    Source {
        name: "Azure Developer CLI",
        by_hand: None,
        make: |plan, access| Box::pin(async { developer_cli(plan, access) }),
    },
];

fn client(plan: &AzurePlan, http: &Arc<dyn HttpClient>) -> ClientOptions {
    ClientOptions {
        cloud: Some(Arc::new(plan.cloud.configuration())),
        transport: Some(Transport::new(Arc::clone(http))),
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 3,
            ..ExponentialRetryOptions::default()
        }),
        ..ClientOptions::default()
    }
}

fn need<'p>(plan: &'p AzurePlan, name: &str) -> Result<&'p str, String> {
    plan.variable(name).ok_or_else(|| format!("{name} is not set"))
}

fn said(e: azure_core::Error) -> String {
    crate::problem::chain(&e)
}

fn secret(plan: &AzurePlan, access: &Access) -> Made {
    let secret = need(plan, "AZURE_CLIENT_SECRET")?;
    let (tenant, id) = (need(plan, "AZURE_TENANT_ID")?, need(plan, "AZURE_CLIENT_ID")?);
    let options = ClientSecretCredentialOptions { client_options: client(plan, &access.http) };
    let secret = Secret::new(secret.to_owned());
    let made = ClientSecretCredential::new(tenant, id.to_owned(), secret, Some(options));
    Ok(made.map_err(said)?)
}

/// A token of another issuer that was handed over as it is.
struct Assertion(Secret);

impl std::fmt::Debug for Assertion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Assertion")
    }
}

#[async_trait]
impl ClientAssertion for Assertion {
    async fn secret(&self, _: Option<ClientMethodOptions<'_>>) -> azure_core::Result<String> {
        Ok(self.0.secret().to_owned())
    }
}

fn assertion(plan: &AzurePlan, access: &Access) -> Made {
    let token = need(plan, "AZURE_FEDERATED_TOKEN")?;
    let (tenant, id) = (need(plan, "AZURE_TENANT_ID")?, need(plan, "AZURE_CLIENT_ID")?);
    let options = ClientAssertionCredentialOptions { client_options: client(plan, &access.http) };
    let made = ClientAssertionCredential::new(
        tenant.to_owned(),
        id.to_owned(),
        Assertion(Secret::new(token.to_owned())),
        Some(options),
    );
    Ok(made.map_err(said)?)
}

fn workload(plan: &AzurePlan, access: &Access) -> Made {
    let file = need(plan, "AZURE_FEDERATED_TOKEN_FILE")?;
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions {
            client_options: client(plan, &access.http),
        },
        client_id: Some(need(plan, "AZURE_CLIENT_ID")?.to_owned()),
        tenant_id: Some(need(plan, "AZURE_TENANT_ID")?.to_owned()),
        token_file_path: Some(PathBuf::from(file)),
    };
    Ok(WorkloadIdentityCredential::new(Some(options)).map_err(said)?)
}

fn pipelines(plan: &AzurePlan, access: &Access) -> Made {
    let connection = need(plan, "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID")?;
    let tenant = need(plan, "AZURESUBSCRIPTION_TENANT_ID")?;
    let id = need(plan, "AZURESUBSCRIPTION_CLIENT_ID")?;
    let token = plan.variable("SYSTEM_ACCESSTOKEN").ok_or(
        "SYSTEM_ACCESSTOKEN is not set; map it in the step: `env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)`",
    )?;
    let options = AzurePipelinesCredentialOptions {
        credential_options: ClientAssertionCredentialOptions {
            client_options: client(plan, &access.http),
        },
    };
    let made = AzurePipelinesCredential::new(
        tenant.to_owned(),
        id.to_owned(),
        connection,
        token.to_owned(),
        Some(options),
    );
    Ok(made.map_err(said)?)
}

async fn managed(plan: &AzurePlan, access: &Access) -> Made {
    if plan.variable("IDENTITY_ENDPOINT").is_none() {
        probe::instance_metadata(&access.direct).await?;
    }
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id: plan
            .variable("AZURE_CLIENT_ID")
            .map(|id| UserAssignedId::ClientId(id.to_owned())),
        client_options: client(plan, &access.direct),
    };
    Ok(ManagedIdentityCredential::new(Some(options)).map_err(said)?)
}

fn cli(plan: &AzurePlan, access: &Access) -> Made {
    let options = AzureCliCredentialOptions {
        tenant_id: plan.variable("AZURE_TENANT_ID").map(str::to_owned),
        executor: access.executor.clone(),
        ..AzureCliCredentialOptions::default()
    };
    Ok(AzureCliCredential::new(Some(options)).map_err(said)?)
}

fn developer_cli(plan: &AzurePlan, access: &Access) -> Made {
    let options = AzureDeveloperCliCredentialOptions {
        tenant_id: plan.variable("AZURE_TENANT_ID").map(str::to_owned),
        executor: access.executor.clone(),
    };
    Ok(AzureDeveloperCliCredential::new(Some(options)).map_err(said)?)
}
