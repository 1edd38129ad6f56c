//! Who asks: the sources of credentials in their order, and the name of the one that is used.

mod probe;
mod sources;
mod who;

use std::sync::Arc;
use std::time::Duration;

use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::HttpClient;
use azure_identity::Executor;

use crate::problem::{chain, line};
use crate::secret::Secrets;
use crate::{Api, AzurePlan, CollectError};
use sources::{SOURCES, Source};
pub(crate) use who::Who;

/// The variables of the environment that credentials are made of, for
/// [`AzurePlan::environment`].
pub const VARIABLES: [&str; 12] = [
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_FEDERATED_TOKEN",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURESUBSCRIPTION_TENANT_ID",
    "AZURESUBSCRIPTION_CLIENT_ID",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    "SYSTEM_ACCESSTOKEN",
    "SYSTEM_OIDCREQUESTURI",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
];

/// Those of them that must never be said.
const SECRET_VARIABLES: [&str; 4] =
    ["AZURE_CLIENT_SECRET", "AZURE_FEDERATED_TOKEN", "SYSTEM_ACCESSTOKEN", "IDENTITY_HEADER"];

/// How long one source may take for its first token: a command line tool starts slowly.
const PATIENCE: Duration = Duration::from_secs(45);

/// How the world outside is reached. Tests bring their own.
#[derive(Debug, Clone)]
pub struct Access {
    /// For Azure.
    pub http: Arc<dyn HttpClient>,
    /// For managed identities, whose addresses no proxy reaches.
    pub direct: Arc<dyn HttpClient>,
    /// Runs `az` and `azd`; `None` for the real ones.
    pub executor: Option<Arc<dyn Executor>>,
    /// How long the first retry waits.
    pub first_wait: azure_core::time::Duration,
}

impl Access {
    /// HTTPS with the environment's proxies, and the machine's own tools.
    ///
    /// # Errors
    /// No HTTPS client can be made.
    pub fn real() -> Result<Self, CollectError> {
        Ok(Self {
            http: crate::transport::https()?,
            direct: crate::transport::direct()?,
            executor: None,
            first_wait: azure_core::time::Duration::milliseconds(400),
        })
    }

    /// One client for everything, and retries that follow soon: for tests.
    #[cfg(any(test, feature = "fake"))]
    #[must_use]
    pub fn to(http: Arc<dyn HttpClient>) -> Self {
        Self {
            direct: Arc::clone(&http),
            http,
            executor: Some(Arc::new(crate::fake::NoTools)),
            first_wait: azure_core::time::Duration::milliseconds(5),
        }
    }
}

/// A credential that has given a token.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// The source.
    pub(crate) name: &'static str,
    /// The credential.
    pub(crate) credential: Arc<dyn TokenCredential>,
    /// Whose token it was.
    pub(crate) who: Who,
    /// What must not be said.
    pub(crate) secrets: Secrets,
}

/// Tries the sources in order and takes the first that gives a token for Resource Manager.
pub(crate) async fn choose(plan: &AzurePlan, access: &Access) -> Result<Named, CollectError> {
    let secrets = Secrets::default();
    SECRET_VARIABLES.iter().filter_map(|v| plan.variable(v)).for_each(|v| secrets.add(v));
    let scope = plan.cloud.scope(Api::Arm);
    let mut tried: Vec<String> = Vec::new();
    for source in SOURCES {
        let told = |text: &str| line(&short(&secrets.scrub(text)));
        let credential = match (source.make)(plan, access).await {
            Ok(made) => made,
            Err(why) => {
                tried.push(format!("{} ({})", source.name, told(&why)));
                continue;
            }
        };
        let asked = tokio::time::timeout(PATIENCE, credential.get_token(&[&scope], None)).await;
        let why = match asked {
            Ok(Ok(token)) => return Ok(named(source, credential, &token, secrets)),
            Ok(Err(e)) => match no_network(&e) {
                // The credentials may be good: nobody could be asked.
                Some(detail) if source.by_hand.is_some() => {
                    let host = plan.cloud.authority();
                    return Err(CollectError::Unreachable { host, detail: told(&detail) });
                }
                _ => told(&chain(&e)),
            },
            Err(_) => format!("no answer in {} seconds", PATIENCE.as_secs()),
        };
        if let Some(variables) = source.by_hand {
            let before = if tried.is_empty() { "nothing".to_owned() } else { tried.join("; ") };
            let source_name = source.name;
            return Err(CollectError::BadCredentials {
                source_name,
                detail: why,
                variables,
                before,
            });
        }
        tried.push(format!("{} ({why})", source.name));
    }
    Err(CollectError::NoCredentials(tried.join("\n  ")))
}

/// What happened to the connection, where that is why there is no token.
fn no_network(error: &azure_core::Error) -> Option<String> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    let (mut broken, mut last) = (false, String::new());
    while let Some(e) = next {
        let kind = e.downcast_ref::<azure_core::Error>().map(azure_core::Error::kind);
        broken |= matches!(kind, Some(ErrorKind::Io | ErrorKind::Connection));
        last = e.to_string();
        next = e.source();
    }
    broken.then_some(last)
}

fn named(
    source: &Source,
    credential: Arc<dyn TokenCredential>,
    token: &AccessToken,
    secrets: Secrets,
) -> Named {
    secrets.add(token.token.secret());
    Named { name: source.name, credential, who: Who::of(token.token.secret()), secrets }
}

/// The first lines of what a source says: the rest are addresses of help pages.
fn short(text: &str) -> String {
    // `AzureCliCredential authentication failed. az not found on PATH`: the source has a name.
    let text = text.split_once("Credential authentication failed.").map_or(text, |(_, why)| why);
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let lines = lines.filter(|l| !l.starts_with("To troubleshoot"));
    lines.take(2).collect::<Vec<_>>().join(" ")
}
