//! Whether this machine is one of Azure's, before its metadata service is asked for a token: on any
//! other machine that would take a minute of retries.

use std::sync::Arc;
use std::time::Duration;

use azure_core::http::{HttpClient, Method, Request, Url};

const ENDPOINT: &str =
    "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01";
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks without the header that the service demands: Azure answers 400, other clouds' services at
/// this address do not.
/// <https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token>
pub(super) async fn instance_metadata(http: &Arc<dyn HttpClient>) -> Result<(), String> {
    let url = Url::parse(ENDPOINT).map_err(|e| e.to_string())?;
    let request = Request::new(url, Method::Get);
    match tokio::time::timeout(PATIENCE, http.execute_request(&request)).await {
        Ok(Ok(answer)) if u16::from(answer.status()) == 400 => Ok(()),
        _ => Err("this machine has no metadata service of Azure".to_owned()),
    }
}
