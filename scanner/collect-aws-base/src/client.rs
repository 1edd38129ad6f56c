//! Clients: one HTTPS stack, guarded, with the retries and time-outs of an audit.

use std::time::Duration;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::{Builder, Connector, tls};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;

use crate::probe::Approved;

/// The HTTPS client, for credentials. It goes through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` or
/// `ALL_PROXY` names, but for the hosts in `NO_PROXY` (their lower-case names count too).
#[must_use]
pub fn https() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.build()
    })
}

/// A client that sends only what a [`crate::Probe`] has let through.
#[must_use]
pub fn guarded(inner: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Guarded(inner))
}

/// The configuration of all clients in one region: standard retries with a token bucket for each
/// (service, region), time-outs, the guarded HTTP client.
#[must_use]
pub fn sdk_config(base: &SdkConfig, region: &str, http: SharedHttpClient) -> SdkConfig {
    let retries = RetryConfig::standard()
        .with_max_attempts(10)
        .with_initial_backoff(Duration::from_millis(300))
        .with_max_backoff(Duration::from_secs(20));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .operation_attempt_timeout(Duration::from_secs(30))
        .operation_timeout(Duration::from_secs(240))
        .build();
    base.to_builder()
        .region(Region::new(region.to_owned()))
        .http_client(http)
        .retry_config(retries)
        .timeout_config(timeouts)
        .build()
}

#[derive(Debug)]
struct Guarded(SharedHttpClient);

impl HttpClient for Guarded {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(GuardedConnector(self.0.http_connector(settings, components)))
    }
}

#[derive(Debug)]
struct GuardedConnector(SharedHttpConnector);

impl HttpConnector for GuardedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.extension::<Approved>().is_some() {
            return self.0.call(request);
        }
        let why = "the client was built without the probe: use client!(cx, …)";
        HttpConnectorFuture::ready(Err(ConnectorError::user(why.into())))
    }
}

/// Builds the client of an SDK crate for a [`Cx`](crate::Cx): its region, guarded and recorded.
/// Build it once for each `collect`, not for each call.
///
/// ```ignore
/// let kms = client!(cx, aws_sdk_kms);
/// let s3 = client!(cx, aws_sdk_s3, |b| b.force_path_style(cx.path_style()));
/// ```
#[macro_export]
macro_rules! client {
    ($cx:expr, $sdk:ident) => {
        $crate::client!($cx, $sdk, |b| b)
    };
    ($cx:expr, $sdk:ident, |$b:ident| $more:expr) => {{
        let $b = $sdk::config::Builder::from($cx.sdk()).interceptor($cx.probe().clone());
        $sdk::Client::from_conf($more.build())
    }};
}
